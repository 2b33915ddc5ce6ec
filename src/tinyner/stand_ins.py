"""Test and dev sets without human labels: target sentences that are held out of training, with the LLM's labels.

Stage prepare takes them where a corpus lacks the split, and writes them without tags. Stages train and evaluate take
their tags from what stage align wrote. A score on them is agreement with the teacher, and says nothing of accuracy.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

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
        UserError: if all replies to all of them failed.

    >>> rows = [{"id": "a", "words": ["EU"]}, {"id": "b", "words": ["Blair"]}]
    >>> tags_of_teacher(rows, [{"id": "b", "words": ["Blair"], "tags": ["B-PER"], "spans": []}])
    [None, ['B-PER']]
    """
    tags_by_id = {example["id"]: example["tags"] for example in aligned}
    tags = [tags_by_id.get(row["id"]) for row in rows]
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
    return [row for row in rows if squeezed(row["words"]) not in texts]
