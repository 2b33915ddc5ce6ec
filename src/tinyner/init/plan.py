"""What ``tinyner init`` will write: sets, examples, parameters; and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tinyner.annotate import templates
from tinyner.annotate.gold_sentences import gold_sentences
from tinyner.files import line_of
from tinyner.init import examples, findings, parameters, readers, scripts
from tinyner.init.findings import number
from tinyner.init.material import Material
from tinyner.init.options import Options
from tinyner.init.project import PROMPTS
from tinyner.params import Annotator, Params
from tinyner.rows import Sentence, text_of
from tinyner.tables import note_on_size

_FOREIGN = 0.1  # share of letters that an English student does not know, from which this is said


@dataclass(frozen=True)
class Plan:
    """What is written, and what the LLM will be asked.

    Attributes:
        material: the sets and the examples.
        files: the bytes of each file to write, params.yaml aside.
        examples: the path of the examples' file, one of them.
        params_text: of params.yaml.
        params: its content.
        asked: the sentences that the LLM labels, by rank.
        gold: those of train that it is asked for as well, to be scored.
        reasons: what was decided, each line with a word for what it is about.
    """

    material: Material
    files: Mapping[Path, bytes]
    examples: Path
    params_text: str
    params: Params
    asked: list[Sentence]
    gold: list[Sentence]
    reasons: list[tuple[str, str]]

    @property
    def annotator(self) -> Annotator | None:
        """The annotator that is asked; None where all labels are in files."""
        asked = self.params.annotate.asked
        return None if asked is None else self.params.annotate.annotators[asked]


def make(material: Material, options: Options, params_text: str, overrides: Mapping[str, object] | None = None) -> Plan:
    """Return what is to be written.

    Args:
        material: the sets and the examples.
        options: of the user.
        params_text: of params.yaml as it is.
        overrides: a recipe's parameters by dotted names, which come after init's choices, and before the user's.

    Raises:
        UserError: where the parameters would not be valid.
    """
    changes = parameters.changes(material, options, params_text) | dict(overrides or {}) | dict(options.changes)
    text, params = parameters.rewritten(params_text, changes)
    path = PROMPTS / f"{params.annotate.examples}.jsonl"
    shots = b"".join(line_of(examples.row_of(shot)) for shot in material.shots) or b"\n"
    asked = readers.ranked(material.target, params.prepare.seed)[: params.prepare.target_size]
    gold = _gold(material, params)
    reasons = [*material.reasons, *_reasons(material, params, path, len(gold), options.target_size)]
    return Plan(material, {**material.files, path: shots}, path, text, params, asked, gold, reasons)


def _gold(material: Material, params: Params) -> list[Sentence]:
    if params.annotate.gold_size is None:
        return []
    original = readers.ranked(material.splits.get("train", ()), params.prepare.seed)[: params.prepare.original_size]
    return gold_sentences(params, original, material.splits.get("test", ()), material.shots)


def _reasons(
    material: Material, params: Params, path: Path, gold: int, target_size: int | None
) -> Iterator[tuple[str, str]]:
    size, count = params.prepare.target_size, len(material.target)
    if size is None:
        fewer = f", fewer than --target-size {target_size:,}" if target_size is not None and target_size > count else ""
        yield "sentences", f"the LLM labels all {count:,}{fewer}"
    else:
        later = "raise prepare.target_size for more: the replies to these are kept"
        yield "sentences", f"the LLM labels {size:,} of {count:,}; {later}"
    if gold:
        yield "sentences", f"and {number(gold, 'sentence')} of train, to score the LLM by (annotate.gold_size)"
    if "test" in material.splits:
        yield "test", note_on_size(findings.entity_counts(material.splits["test"]).total())
    sizes = {"valid": params.prepare.valid_from_target, "test": params.prepare.test_from_target}
    stand_ins = [f"{name} {size:,}" for name, size in sizes.items() if size]
    if stand_ins:
        which = ", ".join(stand_ins)
        yield "stand-ins", f"{which} of the sentences that the LLM labels, for want of gold; none is trained on"
        yield "stand-ins", "a score on them is agreement with the teacher, not accuracy"
    yield "examples", _examples(material, params, path)
    undefined = templates.undefined(params)
    for name, names in params.types.items():
        others = f" ({', '.join(names)})" if names else ""
        definition = "" if name in undefined else f": {params.annotate.definitions[name]}"
        yield "types", f"{name}{others}{definition}"
    if undefined:
        which = ", ".join(undefined)
        yield "types", f"no definition yet of {which}: write it in place of TODO, under annotate.definitions"
    yield from _student(material, params)
    train = params.train
    schedule = "" if train.schedule.type == "group" else f", schedule {train.schedule.type}"
    rate = f"learning rate {train.lr:g}, times {train.lr_decay:g} after each epoch"
    steps = f"{number(train.epochs, 'epoch')} in batches of {train.batch_size}, {rate}"
    yield "training", f"group {train.group}{schedule}, {steps}, {number(len(train.seeds), 'seed')}"


def _student(material: Material, params: Params) -> Iterator[tuple[str, str]]:
    shares = scripts.shares(map(text_of, material.target))
    others = [name for name in shares if name != "Latin"]
    if params.prepare.student == "wheel" and sum(shares[name] for name in others) >= _FOREIGN:
        which = ", ".join(others)
        yield (
            "student",
            f"MiniLM, which knows English; these texts are in {which}, so name a multilingual one, --student hf:MODEL",
        )


def _examples(material: Material, params: Params, path: Path) -> str:
    if not material.shots:
        return f"none, {path} is empty: the prompt has the definitions only"
    shows = {label for shot in material.shots for label in shot.entities}
    lacking = [label for label in params.types if label not in shows]
    which = f"all types but {', '.join(lacking)}" if lacking else "every type"
    return f"{number(len(material.shots), 'sentence')} of train in {path} show {which}"
