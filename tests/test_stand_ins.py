"""Sentences that stand in for gold: which they are, whose tags they have, what is held out for them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.errors import UserError
from tinyner.params import Params, Prepare
from tinyner.rows import Sentence
from tinyner.stand_ins import held_out, is_stand_in, tags_of_teacher, without

SENTENCES = st.lists(
    st.lists(st.sampled_from(["EU", "Blair", "left", "leftEU"]), min_size=1, max_size=2).map(
        lambda words: Sentence(id=" ".join(words), words=words)
    ),
    max_size=5,
)


def sized(params: Params, test: int | None, valid: int | None) -> Prepare:
    return params.prepare.model_copy(update={"test_from_target": test, "valid_from_target": valid})


def labelled(rows: list[Sentence]) -> list[Sentence]:
    return [{**row, "tags": ["O"] * len(row["words"])} for row in rows]


@given(target=SENTENCES, test=SENTENCES, valid=SENTENCES, has_gold=st.booleans())
def test_no_sentence_that_is_trained_on_has_the_text_of_a_stand_in(
    params: Params, target: list[Sentence], test: list[Sentence], valid: list[Sentence], has_gold: bool
) -> None:
    """Nor those of a set that somebody labelled since, as long as the parameter has its number."""
    if has_gold:
        test = labelled(test)
    kept = without(target, held_out(sized(params, 1, 1), test, valid))
    texts = ["".join(row["words"]) for row in (*test, *valid)]
    assert kept == [row for row in target if "".join(row["words"]) not in texts]


@given(target=SENTENCES, gold=SENTENCES)
def test_gold_that_nothing_stood_in_for_holds_no_sentence_out(
    params: Params, target: list[Sentence], gold: list[Sentence]
) -> None:
    """So the training sets of all runs before stand-ins stay as they were."""
    assert without(target, held_out(sized(params, None, None), labelled(gold), labelled(gold))) == target


def test_one_sentence_with_tags_makes_a_set_gold() -> None:
    rows: list[Any] = [{"id": "a", "words": ["EU"]}, {"id": "b", "words": ["left"], "tags": ["O"]}]
    assert not is_stand_in(rows)
    assert is_stand_in(rows[:1])
    assert not is_stand_in([])


def test_a_set_without_a_single_reply_is_refused() -> None:
    rows: list[Sentence] = [{"id": "a", "words": ["EU"]}]
    with pytest.raises(UserError, match=r"data/aligned/target.jsonl: has none of the 1 sentences that stand in"):
        tags_of_teacher(rows, [])
    assert tags_of_teacher([], []) == []


def test_the_teachers_tags_of_other_words_are_refused() -> None:
    example: Any = {"id": "a", "words": ["EU", "left"], "tags": ["B-ORG", "O"], "spans": []}
    assert tags_of_teacher([{"id": "a", "words": ["EU", "left"]}], [example]) == [["B-ORG", "O"]]
    with pytest.raises(UserError, match=r"sentences with other words than test or dev, .*: 1 \(a\); run `dvc repro"):
        tags_of_teacher([{"id": "a", "words": ["EU", "rose"]}], [example])
