"""Test and dev sets without human labels: target sentences that are held out of training, with the LLM's labels.

Stage prepare takes them where a corpus lacks the split, and writes them without tags. Stages train and evaluate take
their tags from what stage align wrote. A score on them is agreement with the teacher, and says nothing of accuracy.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from tinyner.conservation import counted
from tinyner.errors import UserError
from tinyner.params import Prepare
from tinyner.rows import Example, Sentence, squeezed

ALIGNED = "data/aligned/target.jsonl"
AGREEMENT = "agreement with the teacher, not accuracy"
"""What scores are called, wherever they are shown, where the teacher's tags stand in for gold."""

_Row = TypeVar("_Row", Sentence, Example)


def is_stand_in(rows: Sequence[Sentence]) -> bool:
    """Return whether a set has sentences, and people labelled none of them.

    >>> is_stand_in([{"id": "a", "words": ["EU"]}]), is_stand_in([{"id": "a", "words": ["EU"], "tags": ["O"]}])
    (True, False)
    >>> is_stand_in([])
    False
    """
    return bool(rows) and not any("tags" in row for row in rows)


def without_tags(row: Sentence) -> Sentence:
    """Return a sentence as it is without human labels.

    >>> without_tags({"id": "a", "words": ["EU"], "tags": ["O"]})
    {'id': 'a', 'words': ['EU']}
    """
    copy = row.copy()
    copy.pop("tags", None)
    return copy


def tags_of_teacher(rows: Sequence[Sentence], aligned: Iterable[Example]) -> list[list[str] | None]:
    """Return the tags that aligned target sentences give to stand-ins, None where all replies to one failed.

    Raises:
        UserError: if all replies to all of them failed, or an aligned sentence has other words.

    >>> rows = [{"id": "a", "words": ["EU"]}, {"id": "b", "words": ["Blair"]}]
    >>> tags_of_teacher(rows, [{"id": "b", "words": ["Blair"], "tags": ["B-PER"], "spans": []}])
    [None, ['B-PER']]
    """
    words_by_id = {row["id"]: row["words"] for row in rows}
    examples = {example["id"]: example for example in aligned if example["id"] in words_by_id}
    other_words = [row_id for row_id, example in examples.items() if example["words"] != words_by_id[row_id]]
    if other_words:
        raise UserError(
            f"{ALIGNED}: sentences with other words than test or dev, where they stand in: "
            f"{counted(other_words, len(other_words))}; run `dvc repro align`"
        )
    tags = [examples[row["id"]]["tags"] if row["id"] in examples else None for row in rows]
    if rows and not any(tags):
        raise UserError(
            f"{ALIGNED}: has none of the {len(rows)} sentences that stand in for test or dev, since their replies "
            "failed; stage clean says why; let more stand in, or ask again"
        )
    return tags


def held_out(prepare_params: Prepare, test: Sequence[Sentence], valid: Sequence[Sentence]) -> set[str]:
    """Return the texts, squeezed, that no distilled sentence may have: those of stand-ins.

    Also those of a set with human labels whose stand-in has a size: its sentences may be the stand-ins that somebody
    labelled since.
    """
    sets = ((prepare_params.test_from_target, test), (prepare_params.valid_from_target, valid))
    return {squeezed(row["words"]) for size, rows in sets if size is not None or is_stand_in(rows) for row in rows}


def without(rows: Iterable[_Row], texts: set[str]) -> list[_Row]:
    """Return the rows whose text, squeezed, is not among ``texts``.

    >>> without([{"id": "a", "words": ["EU"]}, {"id": "b", "words": ["Blair", "left"]}], {"EU"})
    [{'id': 'b', 'words': ['Blair', 'left']}]
    """
    return list(not_among(rows, texts))


def not_among(rows: Iterable[_Row], texts: set[str]) -> Iterator[_Row]:
    """Yield the rows that ``without`` returns."""
    return (row for row in rows if not texts or squeezed(row["words"]) not in texts)
