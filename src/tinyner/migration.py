"""The keys of params.yaml that have changed since the first version, and how old parameters become today's.

``TABLE`` serves whoever reads parameters that may be old: the check of params.yaml and its messages, archives,
revisions, studies, and `tinyner migrate`. Each change of a key adds its row there.
"""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tinyner.errors import UserError


@dataclass(frozen=True)
class Renamed:
    """A key that is called ``name``, in the same section, since a version; both are dotted."""

    version: str
    key: str
    name: str


@dataclass(frozen=True)
class Added:
    """A key that is new since a version, and the value that means what was done before."""

    version: str
    key: str
    value: object


@dataclass(frozen=True)
class Removed:
    """A key that is gone since a version, and what to do without it."""

    version: str
    key: str
    advice: str


Row = Renamed | Added | Removed

TABLE: tuple[Row, ...] = (
    # At first one request followed the other, with the text of prompts/NAME.txt as it stood; the first one that
    # failed, after the 5 retries of the openai client, ended the stage.
    Added("0.1", "annotate.definitions", {}),
    Added("0.1", "annotate.examples", "examples"),  # without meaning: no template had fields
    Added("0.1", "annotate.few_shot", "fixed"),
    Added("0.1", "annotate.shots", 3),  # without meaning for fixed examples
    Added("0.1", "annotate.samples", 1),
    Added("0.1", "annotate.output", "text"),
    Added("0.1", "annotate.mode", "online"),
    Added("0.1", "annotate.max_cost_usd", None),
    Added("0.1", "annotate.retries", 5),
    Added("0.1", "annotate.max_failures", 1),
    # Without meaning online: OpenAI's limits.
    Added("0.1", "annotate.batch", {"max_requests": 50_000, "max_bytes": 200_000_000, "poll_seconds": 30}),
    Added("0.1", "annotate.annotators.*.concurrency", 1),
    Added("0.1", "annotate.annotators.*.requests_per_minute", None),
    Added("0.1", "annotate.annotators.*.tokens_per_minute", None),
    Added("0.1", "annotate.annotators.*.price", None),
    Added("0.1", "annotate.annotators.*.tokenizer", None),
    Added("0.1", "align.min_agreement", 0.5),  # without meaning where each sentence has one reply
    Added("0.1", "train.vote_weights", True),  # likewise
    Added("0.1", "train.compute", "fp32"),  # torch's own choice on a CPU, exact on a GPU
    Renamed("0.2", "prepare.sentences", "prepare.target"),
    Renamed("0.2", "prepare.bbc", "prepare.related"),
    Renamed("0.2", "prepare.distilled_size", "prepare.target_size"),
    Renamed("0.2", "prepare.bbc_size", "prepare.related_size"),
    Renamed("0.2", "annotate.prompts.conll", "annotate.prompts.target"),
    Renamed("0.2", "annotate.prompts.bbc", "annotate.prompts.related"),
    Renamed("0.2", "train.distilled_size", "train.target_size"),
    Renamed("0.2", "train.bbc_size", "train.related_size"),
    # A GPU was given CUDA graphs before, by code that never ran on one; no recorded run was made on a GPU.
    Added("0.2", "train.cuda_graphs", False),
    # No share of failed replies stopped the pipeline before; of no recorded run did half fail.
    Added("0.3", "clean.max_failed", 0.5),
    Added("0.3", "annotate.annotators.*.labels", None),
    Added("0.3", "annotate.gold_size", None),
    Added("0.3", "prepare.overlap", "warn"),  # without meaning for the data: nothing was compared
    Added("0.3", "prepare.word_column", None),
    Added("0.3", "prepare.tag_column", None),
    Added("0.3", "prepare.tag_names", None),
    Added("0.3", "prepare.drop_types", []),
    Added("0.3", "prepare.span_edges", "refuse"),  # without meaning: no file of spans was read
    Added("0.3", "prepare.split_texts", False),
    Added("0.3", "prepare.test_from_target", None),  # every corpus had all splits
    Added("0.3", "prepare.valid_from_target", None),
    Added("0.3", "train.decode", "argmax"),
)
"""In the order of the versions. ``*`` in a key stands for any name, such as an annotator's."""


@dataclass(frozen=True)
class Step:
    """A row of the table that applies to some parameters, and the section where it does."""

    row: Row
    section: tuple[str, ...]

    @property
    def key(self) -> str:
        """The dotted name that the row is about, the old one of a key that was renamed."""
        return self._dotted(self.row.key)

    @property
    def name(self) -> str:
        """Today's dotted name of a key that was renamed, else ``key``."""
        return self._dotted(self.row.name if isinstance(self.row, Renamed) else self.row.key)

    @property
    def since(self) -> str:
        """The change in words, as a message has it."""
        match self.row:
            case Renamed():
                return f"{self.key} is {self.name} since {self.row.version}"
            case Added():
                return f"{self.key} is new since {self.row.version}"
            case Removed():
                return f"{self.key} is gone since {self.row.version} ({self.row.advice})"

    def __str__(self) -> str:
        """Return what is done to the key, as `tinyner migrate` prints it."""
        match self.row:
            case Renamed():
                return f"{self.key} -> {self.name}"
            case Added():
                return f"{self.key}: {json.dumps(self.row.value)} (new)"
            case Removed():
                return f"{self.key}: taken out ({self.row.advice})"

    def _dotted(self, name: str) -> str:
        return ".".join((*self.section, last_part(name)))


def migrated(params: Mapping[str, Any], table: Sequence[Row] = TABLE) -> tuple[dict[str, Any], list[Step]]:
    """Return the content of a params.yaml under today's keys, and what was done to it, in this order.

    Unknown keys are left alone, and so is an old key whose new name is there as well. A new key is last in its
    section, which has to be there.
    """
    content = copy.deepcopy(dict(params))
    steps = []
    for row in table:
        *section, key = row.key.split(".")
        for path, mapping in _mappings(content, section, ()):
            if isinstance(row, Renamed) and key in mapping and last_part(row.name) not in mapping:
                items = [(last_part(row.name) if name == key else name, value) for name, value in mapping.items()]
                mapping.clear()
                mapping.update(items)
            elif isinstance(row, Added) and key not in mapping:
                mapping[key] = copy.deepcopy(row.value)
            elif isinstance(row, Removed) and key in mapping:
                del mapping[key]
            else:
                continue
            steps.append(Step(row, path))
    return content, steps


def todays_params(params: Mapping[str, Any], table: Sequence[Row] = TABLE) -> dict[str, Any]:
    """Return the params.yaml of a run under today's keys; those that are gone stay, since runs may differ in them.

    >>> todays_params({"train": {"bbc_size": 300, "vote_weights": False, "compute": "auto", "cuda_graphs": False}})
    {'train': {'related_size': 300, 'vote_weights': False, 'compute': 'auto', 'cuda_graphs': False, 'decode': 'argmax'}}
    """
    return migrated(params, [row for row in table if not isinstance(row, Removed)])[0]


def todays_name(key: str, table: Sequence[Row] = TABLE) -> str:
    """Return today's dotted name of a key.

    >>> todays_name("annotate.prompts.bbc"), todays_name("train.lr")
    ('annotate.prompts.related', 'train.lr')
    """
    for row in table:
        if isinstance(row, Renamed):
            parts, old = key.split("."), row.key.split(".")
            if len(parts) >= len(old) and all(
                pattern in ("*", part) for pattern, part in zip(old, parts, strict=False)
            ):
                parts[len(old) - 1] = last_part(row.name)
                key = ".".join(parts)
    return key


def todays_changes(changes: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
    """Return changes of params.yaml, by dotted names, under today's names; and today's name of each that was old.

    >>> todays_changes({"train.bbc_size": 300, "annotate.prompts": {"conll": "cot"}})[0]
    {'train.related_size': 300, 'annotate.prompts': {'target': 'cot'}}

    Raises:
        UserError: where a key is there under both names.
    """
    names: dict[str, str] = {}

    def renamed(values: Mapping[str, object], section: str) -> dict[str, object]:
        todays: dict[str, object] = {}
        for key, value in values.items():
            old, name = f"{section}{key}", todays_name(f"{section}{key}")
            if name != old:
                names[old] = name
            inner = renamed(value, f"{name}.") if isinstance(value, Mapping) else value
            if name.removeprefix(section) in todays or (name != old and name.removeprefix(section) in values):
                raise UserError(f"{old} is {name} today, and both are set; leave out {old}")
            todays[name.removeprefix(section)] = inner
        return todays

    return renamed(changes, ""), names


def old_names_note(old_names: Mapping[str, str]) -> str:
    """Return a note that old names of keys were taken as today's, from what ``todays_changes`` says of them."""
    return f"old keys, taken as today's: {', '.join(f'{old} as {name}' for old, name in old_names.items())}"


def _mappings(
    content: Any, section: Sequence[str], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the sections that a dotted name with ``*`` means, each with its path."""
    if not isinstance(content, dict):
        return
    if not section:
        yield above, content
        return
    for name in list(content) if section[0] == "*" else [section[0]]:
        yield from _mappings(content.get(name), section[1:], (*above, str(name)))


def last_part(name: str) -> str:
    """Return a dotted name without its section."""
    return name.rpartition(".")[2]
