"""params.yaml as frozen, strict models: a section a stage, no defaults, one line for a mistake.

Every stage checks the whole file, so that a mistake in ``train`` shows before an LLM is paid.
"""

import copy
import difflib
import functools
import posixpath
import re
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator
from pydantic_core import ErrorDetails
from yaml.reader import ReaderError

from tinyner.errors import UserError
from tinyner.migration import migrated, todays_name
from tinyner.quick_yaml import read_values
from tinyner.terminal import PASSWORD

PARAMS_FILE = Path("params.yaml")

_ALL = 10_000  # more mistakes than anybody makes

Size = Annotated[int, Field(ge=0)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Positive = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Column = Positive | Annotated[str, Field(min_length=1)]
TypeName = Annotated[str, Field(pattern=r"^[^\s-]([^\s]*[^\s-])?$")]

_MOST_VALUES = 100_000  # of a YAML document with aliases

Group = Literal["A", "B", "C", "D", "E"]
ScheduleType = Literal[
    "group", "pure_distilled", "pure_original", "simple_mix", "sigmoid", "cosine", "power", "all"
]  # fmt: skip

Compute = Literal["auto", "fp32", "onednn", "tf32", "bf16"]


class Section(BaseModel):
    """A section of params.yaml: every key is required, other keys are errors, and no type is converted."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class Prepare(Section):
    """Where the sentences and the student come from, and how many are taken."""

    corpus: Annotated[str, Field(min_length=1)]
    target: Annotated[str, Field(min_length=1)]
    related: Annotated[str, Field(min_length=1)]
    conllpp: Annotated[str, Field(min_length=1)]
    student: Annotated[str, Field(min_length=1)]
    target_size: Size | None
    original_size: Size | None
    related_size: Size | None
    test_from_target: Positive | None
    valid_from_target: Size | None
    seed: int
    overlap: Literal["warn", "drop", "error"]
    word_column: Column | None
    tag_column: Column | None
    tag_names: Annotated[list[str], Field(min_length=1)] | None
    drop_types: list[Annotated[str, Field(min_length=1)]]
    span_edges: Literal["refuse", "snap"]
    split_texts: bool

    @model_validator(mode="after")
    def _something_left(self) -> Self:
        if self.target == "corpus" and self.target_size is None:
            raise ValueError("target_size: null would leave no sentence of the corpus as original; give a number")
        return self


class Prompts(Section):
    """The name of the prompt template of each set, prompts/NAME.txt, or several, whose replies vote."""

    target: Name | Annotated[list[Name], Field(min_length=1)]
    related: Name | Annotated[list[Name], Field(min_length=1)]

    def of(self, corpus: str) -> list[str]:
        """Return the names of a corpus' prompts; gold sentences have those of target ones."""
        names: str | list[str] = getattr(self, corpus, self.target)
        return [names] if isinstance(names, str) else names

    @model_validator(mode="after")
    def _once(self) -> Self:
        for corpus in type(self).model_fields:
            if len(set(self.of(corpus))) != len(self.of(corpus)):
                raise ValueError(
                    f"{corpus}: {self.of(corpus)} names a prompt twice; for more replies to it set samples"
                )
        return self


class Price(Section):
    """US dollars a million tokens; ``batch_discount`` is the share that the Batch API takes off."""

    input: Annotated[float, Field(ge=0)]
    cached_input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]
    batch_discount: Annotated[float, Field(ge=0, lt=1)]


_SET_ELSEWHERE = {  # fields of a request that are not sampling settings
    "model": "set the annotator's model",
    "messages": "set annotate.prompts",
    "n": "set annotate.samples",
    "response_format": "set annotate.output",
    "stream": "replies are taken whole, leave it out",
    "stream_options": "replies are taken whole, leave it out",
}
# What an annotator whose labels are a file has no use for.
_OF_REQUESTS = ("sampling", "base_url", "api_key_env", "requests_per_minute", "tokens_per_minute", "price", "tokenizer")
_LABELS_FOLDER = "data/own"

LabelFile = Annotated[str, Field(min_length=1)]


class Annotator(Section):
    """A model with its endpoint, sampling settings, limits and price; or ``labels``, files with what it answered."""

    online: bool
    model: Annotated[str, Field(min_length=1)]
    sampling: dict[str, JsonValue]
    base_url: str | None
    api_key_env: str | None
    timeout: Annotated[float, Field(gt=0)]
    concurrency: Positive
    requests_per_minute: Annotated[float, Field(gt=0)] | None
    tokens_per_minute: Annotated[float, Field(gt=0)] | None
    price: Price | None
    tokenizer: str | None
    labels: LabelFile | Annotated[list[LabelFile], Field(min_length=1)] | None

    @property
    def label_files(self) -> list[str]:
        """The files with its labels, each a path or URL; none for an annotator that is asked."""
        return [self.labels] if isinstance(self.labels, str) else self.labels or []

    @model_validator(mode="after")
    def _no_secret(self) -> Self:
        """Check that no key stands here: params.yaml, dvc.lock and experiments are in Git."""
        if self.api_key_env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.api_key_env):
            raise ValueError(
                "api_key_env: expected the name of an environment variable, such as OPENAI_API_KEY; a key itself must "
                "not stand in params.yaml, which is in Git"
            )
        return self

    @model_validator(mode="after")
    def _of_files(self) -> Self:
        """Check an annotator with files of labels: it is asked for nothing, and DVC sees when a file changes."""
        if self.labels is None:
            return self
        if self.online:
            raise ValueError("online: labels are in a file, so nothing is ever sent; set online: false")
        for key in _OF_REQUESTS:
            if getattr(self, key):
                raise ValueError(f"{key}: labels are in a file, so nothing is ever sent; leave {key} empty")
        if len(set(self.label_files)) < len(self.label_files):
            raise ValueError(f"labels: {self.label_files} names a file twice")
        for file in self.label_files:
            is_watched = posixpath.normpath(file).startswith(f"{_LABELS_FOLDER}/") and "://" not in file
            if not is_watched and not re.fullmatch(r".+#sha256=[0-9a-fA-F]{64}", file):
                raise ValueError(
                    f"labels: {file} is not under {_LABELS_FOLDER}, so DVC would not see that it changes; put it "
                    "there, or append #sha256=HEX, its sha256"
                )
        return self

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for name in self.sampling:
            if name in _SET_ELSEWHERE:
                raise ValueError(f"sampling: {name} can't stand here; {_SET_ELSEWHERE[name]}")
        return self

    @property
    def max_output(self) -> int | None:
        """The most tokens that a reply can have; None where the sampling settings don't bound it."""
        for name in ("max_completion_tokens", "max_tokens"):
            value = self.sampling.get(name)
            if isinstance(value, int) and value > 0:
                return value
        return None


class Batch(Section):
    """The provider's limits of a batch file, and seconds between two requests for a batch's state."""

    max_requests: Positive
    max_bytes: Positive
    poll_seconds: Annotated[float, Field(gt=0)]


class Annotate(Section):
    """Which annotators answer which prompts, how the one that is asked is asked, and what that may cost."""

    annotator: str | Annotated[list[str], Field(min_length=1)]
    prompts: Prompts
    definitions: dict[str, str]
    examples: Name
    few_shot: Literal["fixed", "similar"]
    shots: Positive
    samples: Positive
    gold_size: Positive | None
    output: Literal["text", "json_object", "json_schema"]
    mode: Literal["online", "batch", "file", "ray"]
    max_cost_usd: Annotated[float, Field(ge=0)] | None
    retries: Size
    max_failures: Positive
    batch: Batch
    annotators: dict[Name, Annotator]

    @property
    def names(self) -> list[str]:
        """The names of the annotators, in the order of their votes."""
        return [self.annotator] if isinstance(self.annotator, str) else self.annotator

    @property
    def asked(self) -> str | None:
        """The name of the annotator that is asked; None where all labels are in files."""
        return next((name for name in self.names if not self.annotators[name].label_files), None)

    @property
    def of_files(self) -> list[str]:
        """The names of the annotators whose labels are in files."""
        return [name for name in self.names if self.annotators[name].label_files]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for name in self.names:
            if name not in self.annotators:
                raise ValueError(f"annotator: {name!r} is not one of {', '.join(self.annotators)}")
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"annotator: {self.names} names an annotator twice; for more replies of it set samples")
        if len(self.names) > len(self.of_files) + 1:
            several = [name for name in self.names if name not in self.of_files]
            raise ValueError(
                f"annotator: one annotator at most is asked; of {' and '.join(several)} all but one must have their "
                "labels in a file (annotators.NAME.labels)"
            )
        if self.asked is not None:
            self._check_asked(self.asked)
        return self

    def _check_asked(self, name: str) -> None:
        asked = self.annotators[name]
        if self.samples > 1 and asked.sampling.get("temperature") == 0:
            raise ValueError(
                f"samples: {self.samples} replies at temperature 0 are the same reply; "
                f"raise annotators.{name}.sampling.temperature"
            )
        if self.max_cost_usd is not None and asked.online:
            if asked.price is None:
                raise ValueError(f"max_cost_usd: can't be kept without annotators.{name}.price")
            if asked.max_output is None and asked.price.output:
                raise ValueError(
                    f"max_cost_usd: can't be kept where a reply has no end; "
                    f"set annotators.{name}.sampling.max_completion_tokens (or max_tokens)"
                )


class Clean(Section):
    """What becomes of replies that were cut off, and the share of failed replies that stops the pipeline."""

    truncated: Literal["fail", "keep"]
    max_failed: Annotated[float, Field(ge=0, le=1)]


class Align(Section):
    """How far a mention may differ from the sentence and still be placed."""

    ignore_case: bool
    snap: Literal["off", "punctuation", "word"]
    max_gap: Size
    ambiguous: Literal["first", "drop"]
    min_agreement: Annotated[float, Field(gt=0, le=1)]


class Schedule(Section):
    """How the shares of distilled and original sentences change over the epochs."""

    type: ScheduleType
    k: Annotated[float, Field(gt=0)] | None
    n: Annotated[float, Field(gt=0)] | None

    @model_validator(mode="after")
    def _its_number(self) -> Self:
        owners = {"k": "sigmoid", "n": "power"}
        for name, owner in owners.items():
            value = getattr(self, name)
            if self.type == owner and value is None:
                raise ValueError(f"{name}: {owner} needs a number, e.g. {name}: {8 if name == 'k' else 2}")
            if self.type != owner and value is not None:
                other = next((key for key, kind in owners.items() if kind == self.type), None)
                takes = f"takes {other}, not {name}" if other else f"takes no {name}"
                raise ValueError(f"{name}: {self.type} {takes}; set it to null, or choose type {owner}")
        return self


class Train(Section):
    """The data of an experiment, its schedule, and how the student is trained."""

    group: Group
    schedule: Schedule
    seeds: Annotated[list[Seed], Field(min_length=1)]
    epochs: Positive
    batch_size: Positive
    max_length: Annotated[int, Field(ge=3)]
    lr: Annotated[float, Field(gt=0)]
    lr_decay: Annotated[float, Field(gt=0, le=1)]
    weight_decay: Annotated[float, Field(ge=0)]
    max_grad_norm: Annotated[float, Field(gt=0)]
    checkpoint: Literal["last", "best"]
    decode: Literal["viterbi", "argmax"]
    dev_size: Size
    vote_weights: bool
    target_size: Size | None
    related_size: Size | None
    original_size: Size | None
    device: Literal["auto", "cpu", "cuda"]
    compute: Compute
    cuda_graphs: bool
    threads: Positive

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds: {self.seeds} names a seed twice")
        alone = {"A": "pure_original", "B": "pure_distilled", "C": "pure_distilled"}.get(self.group)
        if alone and self.schedule.type not in ("group", alone):
            raise ValueError(
                f"schedule.type: {self.schedule.type} needs distilled and original sentences, group {self.group} "
                f"has but one kind; choose group D or E, or type group or {alone}"
            )
        if self.checkpoint == "best" and not self.dev_size:
            raise ValueError("checkpoint: best is chosen by dev F1, so dev_size can't be 0")
        return self


# Keys of metrics/evaluate.json and rows of its tables. Types are keys beside them, so no type may have these names.
_SCORES = (
    *("micro", "macro", "weighted", "f1", "f1_std", "precision", "recall", "macro_f1", "conllpp_f1"),
    *("paper_f1", "conllpp_paper_f1", "cost_usd", "f1_per_usd", "summary", "seeds"),
    *("paper_summary", "conllpp_paper_summary", "unseen_f1", "unseen", "ece", "ece_uncalibrated"),
    *(f"teacher_agreement{measure}" for measure in ("", "_std", "_precision", "_recall", "_macro", "_unseen")),
    *("teacher_agreement_ece", "teacher_agreement_ece_uncalibrated"),
    *(f"teacher_agreement{rows}" for rows in ("_types", "_summary", "_seeds")),
)


class Params(Section):
    """The whole of params.yaml. ``types``: each entity type, and other names that an LLM may give it."""

    types: Annotated[dict[TypeName, list[str]], Field(min_length=1)]
    prepare: Prepare
    annotate: Annotate
    clean: Clean
    align: Align
    train: Train

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in _SCORES:
            if name in self.types:
                raise ValueError(f"types: {name} is the name of a score; call the type otherwise")
        owners: dict[str, str] = {}
        for name, others in self.types.items():
            for other in {name.casefold(), *(text.casefold() for text in others)}:
                if owners.setdefault(other, name) != name:
                    raise ValueError(f"types: {other!r} names both {owners[other]} and {name}")
        for name in self.prepare.drop_types:
            if name.casefold() in owners:
                raise ValueError(f"prepare.drop_types: {name} is a name of {owners[name.casefold()]} in types")
        if self.train.group in ("C", "E") and (self.prepare.related == "none" or self.prepare.related_size == 0):
            raise ValueError(
                f"train.group: {self.train.group} needs related sentences, and prepare.related is none or its size 0; "
                "choose A, B or D, or set prepare.related"
            )
        return self

    @property
    def labels(self) -> list[str]:
        """The student's labels, in order of their ids: O, then B- and I- of each type."""
        return ["O", *(f"{position}-{name}" for name in self.types for position in "BI")]


class Loader(yaml.SafeLoader):
    """YAML as DVC reads and writes it: 1e-05 is a number, off and no are text, and a repeated key is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a dictionary, as PyYAML asks for it."""
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"{key} stands twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$", re.I), list("tTfF"))
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def load_params(path: Path = PARAMS_FILE, changes: Mapping[str, object] | None = None) -> Params:
    """Read and check params.yaml, some keys (by their dotted names) changed as `dvc exp run -S` would.

    Raises:
        UserError: one line that names the file, the key, what was expected and the nearest known key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}; run this at the repository's root") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UserError(f"{path}:{line}: not valid YAML: {error}") from None
    return parse_params(text, path, changes)


def parse_params(text: str, path: Path = PARAMS_FILE, changes: Mapping[str, object] | None = None) -> Params:
    """Parse and check a text that was read from ``path``; see ``load_params``."""
    return check_params(parse_content(text, path, changes), path)


def parse_content(text: str, path: Path = PARAMS_FILE, changes: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Parse a text that was read from ``path``, changed as ``load_params`` says, without a check of its keys.

    Raises:
        UserError: where it is not valid YAML, or has no sections.
    """
    try:
        content: dict[str, Any] = copy.deepcopy(_parsed(text, path))
    except RecursionError:
        raise UserError(f"{path}: not valid YAML: nested too deep") from None
    for key, value in (changes or {}).items():
        _set(content, key, value)
    return content


@functools.lru_cache(4)  # a study parses its params.yaml once, not for each experiment
def _parsed(text: str, path: Path) -> dict[str, Any]:
    content = yaml_of(text, path)
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected the sections {', '.join(Params.model_fields)}")
    return content


def yaml_of(text: str, path: Path) -> Any:
    """Return the content of a YAML document that was read from ``path``.

    Raises:
        UserError: where it is not valid, with the line where that is known.
    """
    try:
        return read_yaml(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}:{line}: not valid YAML: {error.problem}") from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UserError(
            f"{path}:{line}: not valid YAML: the character {chr(error.character)!r} can't stand there"
        ) from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None


def check_params(content: Mapping[str, Any], path: Path = PARAMS_FILE) -> Params:
    """Check the content of params.yaml, parsed from YAML or from an archive; see ``load_params``."""
    with_password = next((name for name, value in flat(content).items() if _has_password(value)), None)
    if with_password is not None:
        raise UserError(
            f"{path}: {with_password}: holds an address with a user, password or token, and this file is in Git; keep "
            "it in the environment (OPENAI_BASE_URL, ~/.netrc), or take it out"
        )
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{path}: {'; '.join(_explain_all(error.errors(), content))}") from None


def _has_password(value: object) -> bool:
    """Return whether an address with user and password stands in a value, or in a list.

    >>> [_has_password(f"https://{user}example.org/v1") for user in ("me:secret@", "me:@secret@", "token@", "")]
    [True, True, True, False]
    """
    if isinstance(value, list):
        return any(map(_has_password, value))
    return isinstance(value, str) and PASSWORD.search(value) is not None


def mistakes(content: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the content of params.yaml, all of it, a line each."""
    try:
        Params.model_validate(content)
    except ValidationError as error:
        return _explain_all(error.errors(), content, most=_ALL)
    return []


def value_of(text: str) -> object:
    """Return a value from the command line, parsed as YAML like those in params.yaml.

    >>> value_of("[1, 2]"), value_of("1e-05"), value_of("all")
    ([1, 2], 1e-05, 'all')
    """
    try:
        return read_yaml(text)
    except yaml.YAMLError:
        return text


def read_yaml(text: str) -> Any:
    """Read a YAML document as DVC reads params.yaml.

    Raises:
        yaml.YAMLError: where it is not valid YAML, or grows beyond all measure by what its aliases repeat.
    """
    content = read_values(text, Loader)
    if "*" in text and _size(content, {}, set()) > _MOST_VALUES:
        raise yaml.YAMLError(f"its aliases make it more than {_MOST_VALUES:,} values, or endless")
    return content


def _size(value: object, sizes: dict[int, int], begun: set[int]) -> int:
    """Return how many values a YAML document holds, each alias counted with all that it stands for."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) in begun:
        return _MOST_VALUES + 1  # it holds itself
    if id(value) not in sizes:
        begun.add(id(value))
        inner = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        sizes[id(value)] = 1 + sum(_size(part, sizes, begun) for part in inner)
        begun.remove(id(value))
    return sizes[id(value)]


def flat(values: Mapping[str, Any], before: str = "") -> dict[str, object]:
    """Return nested values by dotted names.

    >>> flat({"train": {"lr": 1e-05, "schedule": {"type": "all"}}})
    {'train.lr': 1e-05, 'train.schedule.type': 'all'}
    """
    by_name: dict[str, object] = {}
    for key, value in values.items():
        by_name |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return by_name


def _set(content: dict[str, Any], key: str, value: object) -> None:
    *sections, name = key.split(".")
    for section in sections:
        inner = content.get(section)
        if not isinstance(inner, dict):
            raise UserError(f"{PARAMS_FILE}: {key} is no known key; there is no section {section}")
        content = inner
    content[name] = value


def _explain_all(errors: Sequence[ErrorDetails], content: Mapping[str, Any], most: int = 3) -> list[str]:
    """Return what is wrong, at most so many keys of each kind: those that a migration mends, then the others."""
    _, steps = migrated(content)
    mended = {name for step in steps for name in (step.key, step.name)}
    others = [error for error in errors if _dotted(error["loc"]) not in mended]
    others.sort(key=lambda error: error["type"] != "extra_forbidden")  # a typo is its own hint
    messages = []
    if steps:
        more = f" and {len(steps) - most} more" if len(steps) > most else ""
        messages = [f"{', '.join(step.since for step in steps[:most])}{more}: run tinyner migrate"]
    left_out = [f"and {len(others) - most} more"] if len(others) > most else []
    return [*messages, *map(_explain, others[:most]), *left_out]


def _dotted(location: Sequence[int | str]) -> str:
    return ".".join(map(str, location))


def _explain(error: ErrorDetails) -> str:
    location, kind, value = error["loc"], error["type"], error["input"]
    key = _dotted(location)
    if kind == "value_error":  # one of the validators above, which name the rest of the key
        return f"{key}{'.' if key else ''}{error['ctx']['error']}"
    if kind in ("extra_forbidden", "missing"):
        keys = keys_of(location[:-1])
        if kind == "missing":
            return f"{key} is missing; this section has the keys {', '.join(keys)}"
        name = todays_name(key)
        if name != key:
            return f"{key} is {name} today, which stands there as well; take out {key}"
        near = difflib.get_close_matches(str(location[-1]), keys, 1, 0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"{key} is no known key; {hint}known here: {', '.join(keys)}"
    return f"{key}: {error['msg'][0].lower()}{error['msg'][1:]}, found {value!r}"


def keys_of(location: Sequence[int | str]) -> list[str]:
    """Return the keys of the section at ``location``, in their order in params.yaml."""
    model: Any = Params
    for part in location:
        inner = (
            model.model_fields[str(part)].annotation if isinstance(model, type) and issubclass(model, Section) else None
        )
        if inner is None:  # a mapping with names of its own, such as annotators: step into its values
            inner = typing.get_args(model)[1]
        model = inner
        if isinstance(model, types.UnionType):
            model = typing.get_args(model)[0]
    return list(model.model_fields)
