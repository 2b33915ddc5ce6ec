"""The labels of a model: whether they are tags that its words can be read by, and which scheme of tags they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tinyner.bio import to_iob2
from tinyner.decoding import Logits, Scheme
from tinyner.errors import UserError

_IOB2 = {"B": "B", "I": "I", "E": "I", "L": "I", "M": "I", "S": "B", "U": "B"}  # BIOES, BILOU and BMES as IOB2


@dataclass(frozen=True)
class Labels:
    """The labels of a model by their ids, with ``B-``, ``I-`` and ``O`` as all that is before a type."""

    names: list[str]
    is_iob1: bool  # an entity may begin with I-, as in IOB1, and always does where tags have no B- at all

    @cached_property
    def merged_names(self) -> list[str]:
        """The labels, each once: those of BIOES that mean the same in IOB2 are one."""
        return list(dict.fromkeys(self.names))

    @cached_property
    def scheme(self) -> Scheme | None:
        """Their scheme, by the ids of ``merged_names``; None where some type lacks its B- or I-."""
        try:
            return Scheme.of(self.merged_names)
        except ValueError:
            return None

    def merged(self, logits: Logits) -> Logits:
        """Return the logits (W, merged labels): of labels that are one, the log of the sum of exponentials."""
        if len(self.merged_names) == len(self.names):
            return logits
        columns = [[index for index, name in enumerate(self.names) if name == merged] for merged in self.merged_names]
        result: Logits = np.stack([np.logaddexp.reduce(logits[:, ids], axis=1) for ids in columns], axis=1)
        return result

    def iob2(self, tags: Sequence[str]) -> list[str]:
        """Return the tags of a sentence as IOB2."""
        return to_iob2(tags) if self.is_iob1 else list(tags)


def labels_of(id2label: Mapping[Any, str], folder: Path) -> Labels:
    """Return the labels of the model in a folder.

    BIOES (also BILOU, BMES) is read as IOB2, whose entities are the same. A type that has I- but nothing to begin with
    is no IOB2, so such a model's tags are IOB1. Types may have any name.

    Raises:
        UserError: where the labels are no such tags, naming some of them.
    """
    if sorted(id2label) != list(range(len(id2label))):
        raise UserError(f"{folder}/config.json: expected id2label with the ids 0 to {len(id2label) - 1}")
    names = []
    for index in range(len(id2label)):
        position, dash, entity_type = str(id2label[index]).partition("-")
        if id2label[index] != "O" and not (position in _IOB2 and dash and entity_type):
            raise UserError(
                f"{folder}: the model's labels are no tags such as O, B-PER and I-PER (IOB2, IOB1 or BIOES): "
                f"{', '.join(map(str, list(id2label.values())[:6]))}; expected a token classifier with such labels"
            )
        names.append("O" if id2label[index] == "O" else f"{_IOB2[position]}-{entity_type}")
    if "O" not in names or len(names) == 1:
        raise UserError(f"{folder}: the model's labels are {', '.join(names)}; expected O and at least one type")
    is_iob1 = any(name.startswith("I-") and f"B-{name[2:]}" not in names for name in names)
    return Labels(names, is_iob1)
