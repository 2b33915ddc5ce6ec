"""What ``tinyner init`` will write: sets, examples, parameters; and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tinyner.annotate import templates
from tinyner.annotate.asked_sentences import AskedSentences, PreparedSets
from tinyner.annotate.gold_sentences import SIZE
from tinyner.corpora import GOLD
from tinyner.files import line_of
from tinyner.init import examples, findings, parameters, readers, scripts
from tinyner.init.material import Material
from tinyner.init.options import Options
from tinyner.init.project import PROMPTS
from tinyner.init.teacher_files import asked_of
from tinyner.params import Annotator, Params, flat
from tinyner.plurals import number
from tinyner.prepare import related
from tinyner.rows import Sentence, text_of
from tinyner.tables import note_on_size

_TRAINS_ON_RELATED = "CE"  # groups
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
        sets: what stage prepare will make of the files, as far as annotators are asked for it.
        sentences: those that annotators are asked for.
        reasons: what was decided, each line with a word for what it is about.
    """

    material: Material
    files: Mapping[Path, bytes]
    examples: Path
    params_text: str
    params: Params
    sets: PreparedSets
    sentences: AskedSentences
    reasons: list[tuple[str, str]]

    @property
    def asked(self) -> list[Sentence]:
        """The target sentences, by rank."""
        return self.sentences.corpora["target"]

    @property
    def related(self) -> list[Sentence]:
        """The related sentences, by rank."""
        return self.sentences.corpora["related"]

    @property
    def gold(self) -> list[Sentence]:
        """The sentences of train that are asked for as well, to score the LLM."""
        return self.sentences.corpora.get(GOLD, [])

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
    of_recipe = dict(overrides or {})
    if options.target_size is not None:
        of_recipe.pop("prepare.target_size", None)
    all_said = of_recipe | dict(options.changes)
    said = flat(all_said)
    changes = parameters.changes(material, options, said) | all_said
    if said.get("prepare.related", "none") != "none" and "prepare.related_size" not in said:
        changes["prepare.related_size"] = None  # whoever names a file means all of it
    is_open = "annotate.gold_size" not in said
    if is_open:
        changes["annotate.gold_size"] = SIZE
    params = parameters.checked(params_text, changes)
    sets = _sets(material, params)
    if is_open:
        changes["annotate.gold_size"] = _gold_size(params, sets, material)
    text, params = parameters.rewritten(params_text, changes)
    path = PROMPTS / f"{params.annotate.examples}.jsonl"
    shots = b"".join(line_of(examples.row_of(shot)) for shot in material.shots) or b"\n"
    sentences = asked_of(params, sets, material.shots, material.copies)
    reasons = [*material.reasons, *_sentences(params, material, sentences, options.target_size)]
    reasons += _reasons(material, params, sets, path)
    return Plan(material, {**material.files, path: shots}, path, text, params, sets, sentences, reasons)


def _sets(material: Material, params: Params) -> PreparedSets:
    """Return the sets as stage prepare will write them.

    Raises:
        UserError: where related sentences can't be read, or are too few.
    """
    prepare_params = params.prepare
    return PreparedSets(
        target=readers.ranked(material.target, prepare_params.seed)[: prepare_params.target_size],
        related=related.sample(prepare_params, readers.Reading.of(params)),
        original=readers.ranked(material.splits.get("train", ()), prepare_params.seed)[: prepare_params.original_size],
        test=material.splits.get("test", ()),
    )


def _gold_size(params: Params, sets: PreparedSets, material: Material) -> int | None:
    """Return how many sentences of train the LLM is asked for, to be scored: as many as a pilot asks for, if it can.

    None where no LLM is asked, as recorded replies are to other sentences; where none can be asked for; and where the
    sentences that it labels have gold already, all of them or as many.
    """
    asked = params.annotate.asked
    if asked is None or not params.annotate.annotators[asked].online:
        return None
    labelled = sum("tags" in sentence for sentence in sets.target)
    if labelled >= min(SIZE, len(sets.target)):
        return None
    sentences = asked_of(params, sets, material.shots, material.copies)
    gold = sentences.corpora[GOLD]
    return len(gold) + sentences.left_out if gold else None


def _sentences(
    params: Params, material: Material, sentences: AskedSentences, target_size: int | None
) -> Iterator[tuple[str, str]]:
    """Yield which sentences are labelled, and by whom."""
    size, count = params.prepare.target_size, len(material.target)
    labels = "the LLM labels" if params.annotate.asked is not None else "files label"
    if size is None:
        fewer = f", fewer than --target-size {target_size:,}" if target_size is not None and target_size > count else ""
        yield "sentences", f"{labels} all {count:,}{fewer}"
    else:
        later = "raise prepare.target_size for more: the replies to these are kept"
        yield "sentences", f"{labels} {size:,} of {count:,}; {later}"
    if sentences.corpora["related"]:
        related_too = number(len(sentences.corpora["related"]), "related sentence")
        learns = (
            "" if params.train.group in _TRAINS_ON_RELATED else f"; group {params.train.group} does not train on them"
        )
        yield "sentences", f"and {related_too} of {params.prepare.related} (prepare.related){learns}"
    gold = sentences.corpora.get(GOLD, [])
    if gold:
        yield "sentences", f"and {number(len(gold), 'sentence')} of train, to score the LLM by (annotate.gold_size)"
    labelled = sum("tags" in sentence for sentence in sentences.corpora["target"])
    if labelled:
        yield "sentences", f"{labelled:,} of the sentences have labels of people, which score the LLM"
    for line in sentences.lines(params.annotate.gold_size):
        yield "labels", line


def _reasons(material: Material, params: Params, sets: PreparedSets, path: Path) -> Iterator[tuple[str, str]]:
    if "test" in material.splits:
        yield "test", note_on_size(findings.entity_counts(material.splits["test"]).total())
    sizes = {"valid": params.prepare.valid_from_target, "test": params.prepare.test_from_target}
    stand_ins = [f"{name} {size:,}" for name, size in sizes.items() if size]
    if stand_ins:
        which = ", ".join(stand_ins)
        who = "the LLM labels" if params.annotate.asked is not None else "files label"
        yield "stand-ins", f"{which} of the sentences that {who}, for want of gold; none is trained on"
        yield "stand-ins", "a score on them is agreement with the teacher, not accuracy"
    if params.annotate.asked is not None:
        yield "examples", _examples(material, params, sets, path)
    undefined = templates.undefined(params)
    for name, names in params.types.items():
        others = f" ({', '.join(names)})" if names else ""
        definition = "" if name in undefined else f": {params.annotate.definitions[name]}"
        yield "types", f"{name}{others}{definition}"
    if undefined and params.annotate.asked is not None:  # nobody else reads them
        which = ", ".join(undefined)
        yield "types", f"no definition yet of {which}: write it in place of TODO, under annotate.definitions"
    yield from _student(material, params)
    train = params.train
    schedule = "" if train.schedule.type == "group" else f", schedule {train.schedule.type}"
    schedule += "" if train.schedule.n is None else f" {train.schedule.n:g}"
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


def _examples(material: Material, params: Params, sets: PreparedSets, path: Path) -> str:
    if params.annotate.few_shot == "similar":
        return (
            f"with each sentence the {params.annotate.shots} nearest of {number(len(sets.original), 'sentence')} of "
            "train (annotate.few_shot: similar)"
        )
    if not material.shots:
        return f"none, {path} is empty: the prompt has the definitions only"
    shows = {label for shot in material.shots for label in shot.entities}
    lacking = [label for label in params.types if label not in shows]
    which = f"all types but {', '.join(lacking)}" if lacking else "every type"
    return f"{number(len(material.shots), 'sentence')} of train in {path} show {which}"
