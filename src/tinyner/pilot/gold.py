"""The sentences that a pilot asks for: labelled by people, no few-shot example, never of the test set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.annotate.gold_sentences import Askable
from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.params import Params
from tinyner.plurals import number
from tinyner.rows import Sentence

PREPARED = Path("data/prepared")
POOLS = ("original", "target", "valid")
"""Where gold sentences are looked for, until there are enough."""


def pools(params: Params) -> tuple[str, ...]:
    """Return ``POOLS`` in the order in which they are taken: first those whose replies count in stage annotate.

    It asks for all target sentences, and for original ones if ``annotate.gold_size`` is set.
    """
    return POOLS if params.annotate.gold_size is not None else ("target", "original", "valid")


@dataclass(frozen=True)
class Part:
    """The sentences taken of a prepared set, which has ``available`` ones that could be."""

    pool: str
    sentences: list[Sentence]
    available: int

    @property
    def path(self) -> Path:
        """The file that they are of."""
        return PREPARED / f"{self.pool}.jsonl"

    def __str__(self) -> str:
        """Return it for people."""
        return f"the first {len(self.sentences):,} of {self.available:,} in {self.path}"


@dataclass(frozen=True)
class Gold:
    """The chosen sentences, by the set that they are of."""

    parts: list[Part]

    @property
    def sentences(self) -> list[Sentence]:
        """The sentences of all parts."""
        return [sentence for part in self.parts for sentence in part.sentences]

    @property
    def available(self) -> int:
        """How many there are in the sets that were needed."""
        return sum(part.available for part in self.parts)

    @property
    def tags(self) -> list[list[str]]:
        """The gold tags of each sentence."""
        return [sentence["tags"] for sentence in self.sentences]


def choose(
    count: int, prompt_texts: Sequence[str], params: Params, answerable: Callable[[list[Sentence]], list[Sentence]]
) -> Gold:
    """Return the first ``count`` gold sentences by rank, or all where there are fewer, each text once.

    The sets are taken in the order of ``pools``, one where those before it have too few.
    A sentence whose text stands in the test set is not taken, as prompts and annotators are chosen by a pilot.

    Args:
        count: of sentences.
        prompt_texts: templates and examples; a sentence that stands in one of them is not taken.
        params: whose types the gold tags must have.
        answerable: returns those of the sentences to which replies can come.

    Raises:
        UserError: where there is no such sentence, or the prepared sets are not those of params.yaml.
    """
    askable = Askable(_rows("test"), prompt_texts)
    parts: list[Part] = []
    missing, unseen = count, 0
    for pool in pools(params):
        of_pool = askable.of(_labelled(pool, params))
        unseen += len(of_pool)
        sentences = answerable(of_pool)
        if sentences:
            parts.append(Part(pool, sentences[:missing], len(sentences)))
            missing -= len(parts[-1].sentences)
        if not missing:
            break
    if parts:
        return Gold(parts)
    if unseen:
        raise UserError(
            f"pilot: no reply to any of {number(unseen, 'gold sentence')} is recorded for this prompt, and the "
            f"annotator {params.annotate.annotator} answers from records only; choose another with --annotator or "
            "--prompt"
        )
    if askable.texts:
        raise UserError(
            f"pilot: the prompt or its examples show each of {number(len(askable.texts), 'gold sentence')}; "
            "label more, or show fewer"
        )
    if askable.of_test:
        raise UserError(
            f"pilot: {PREPARED}/test.jsonl has each of {number(askable.of_test, 'gold sentence')} too, so none "
            "is asked; label others (prepare.corpus: train or valid), then run: dvc repro prepare"
        )
    raise UserError(f"pilot: no gold sentence: none of {', '.join(POOLS)} in {PREPARED} has labels")


def has_gold(params: Params) -> bool:
    """Return whether any sentence has labels that a pilot may be scored on.

    Raises:
        UserError: where the prepared sets are not there, or not those of params.yaml.
    """
    return any(_labelled(pool, params) for pool in POOLS)


def _labelled(pool: str, params: Params) -> list[Sentence]:
    """Return the sentences of a prepared set that people labelled.

    Raises:
        UserError: where it is not there, or has a type that params.yaml does not have.
    """
    path = PREPARED / f"{pool}.jsonl"
    rows = [row for row in _rows(pool) if "tags" in row]
    for row in rows:
        strange = next((label for _, _, label in tags_to_spans(row["tags"]) if label not in params.types), None)
        if strange is not None:
            raise UserError(
                f"{path}: {row['id']} has the type {strange}, which params.yaml does not have "
                f"({', '.join(params.types)}); run: dvc repro prepare"
            )
    return rows


def _rows(name: str) -> list[Sentence]:
    """Return the sentences of a prepared set.

    Raises:
        UserError: where it is not there.
    """
    path = PREPARED / f"{name}.jsonl"
    rows: list[Sentence] = load(path)
    return rows
