"""The test sentences that are scored: with gold tags, or as stand-ins with the teacher's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinyner.evaluate.predictions import Predictions, Probabilities, probabilities_of, read_rows
from tinyner.files import load
from tinyner.overlap import SETS, learned_from, seen_in
from tinyner.params import Prepare
from tinyner.rows import Prediction, Sentence
from tinyner.stand_ins import ALIGNED, held_out, is_stand_in, tags_of_teacher

CONLL_BEGINS = ["SOCCER", "-", "JAPAN", "GET", "LUCKY", "WIN", ",", "CHINA", "IN", "SURPRISE", "DEFEAT", "."]
"""The first test sentence of CoNLL-2003."""


@dataclass(frozen=True)
class TestSet:
    """Sentences with tags, and every seed's predictions for them."""

    __test__ = False  # pytest takes a class of this name for a collection of tests

    sentences: list[Sentence]
    predictions: Predictions
    probabilities: Mapping[int, Probabilities]
    is_stand_in: bool  # the tags are the teacher's
    unlabelled: int  # stand-ins that are left out, since all their replies failed
    unseen: list[int]  # indices of the sentences that no student learned from


def read_test_set(prepare_params: Prepare) -> TestSet:
    """Read data/prepared/test.jsonl with its tags, and predictions/.

    Raises:
        UserError: if there are no predictions, those of other sentences, or no sentence has tags.
    """
    rows: list[Sentence] = load("data/prepared/test.jsonl")
    rows_by_seed = read_rows(rows)
    sets: dict[str, list[Sentence]] = {name: load(f"data/prepared/{name}.jsonl") for name in SETS}
    held_out_texts = held_out(prepare_params, rows, sets["valid"])
    seen = seen_in(rows, learned_from(sets, held_out_texts))
    if not is_stand_in(rows):
        unseen = [index for index, names in enumerate(seen) if not names]
        return _test_set(rows, rows_by_seed, is_stand_in=False, unlabelled=0, unseen=unseen)
    tags_by_row = tags_of_teacher(rows, load(ALIGNED))
    kept = [index for index, tags in enumerate(tags_by_row) if tags]
    return _test_set(
        [{**rows[index], "tags": tags_by_row[index] or []} for index in kept],
        {seed: [of_seed[index] for index in kept] for seed, of_seed in rows_by_seed.items()},
        is_stand_in=True,
        unlabelled=len(rows) - len(kept),
        unseen=[place for place, index in enumerate(kept) if not seen[index]],
    )


def _test_set(
    sentences: list[Sentence],
    rows_by_seed: Mapping[int, Sequence[Prediction]],
    *,
    is_stand_in: bool,
    unlabelled: int,
    unseen: list[int],
) -> TestSet:
    predictions = {seed: [row["tags"] for row in rows] for seed, rows in rows_by_seed.items()}
    probabilities = {seed: probabilities_of(seed, rows) for seed, rows in rows_by_seed.items()}
    return TestSet(sentences, predictions, probabilities, is_stand_in, unlabelled, unseen)


def is_conll(prepare_params: Prepare, test_set: TestSet) -> bool:
    """Return whether the gold tags are CoNLL-2003's, on which alone the paper reports scores by its own scorer."""
    if test_set.is_stand_in:
        return False
    named = prepare_params.corpus == "wheel" or prepare_params.conllpp != "none"
    return named or test_set.sentences[0]["words"] == CONLL_BEGINS
