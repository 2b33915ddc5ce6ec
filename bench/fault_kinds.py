"""What ``bench/faults.py`` disturbs: a command, the state it starts from, and what it may write to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import fault_project as project

_PREDICT = ("tinyner", "predict", "../texts.txt", "--threads", "1", "-o")


@dataclass(frozen=True)
class Kind:
    """A command that is disturbed.

    Attributes:
        command: its words.
        stage: that it runs, so that this one's outputs and the later ones' are removed before; "" for none.
        stores: folders beside the project that are emptied before.
        change: changes the project before.
        written: folders of the project's that it writes to, of which one is made read-only.
        share: of the trials, relative to the others': less for what takes long.
        asks: whether it asks the LLM; its requests that are under way at once.
        is_fresh: whether it has to be a fresh process.
        is_once: whether it refuses to write over what a run that ended has written.
    """

    command: tuple[str, ...]
    stage: str = ""
    stores: tuple[str, ...] = ()
    change: Callable[[Path], None] | None = None
    written: tuple[str, ...] = ()
    share: int = 8
    in_flight: int = 0
    is_fresh: bool = False
    is_once: bool = False


def _stage(name: str, *written: str, **more: object) -> Kind:
    folders = tuple(f"project/{folder}" for folder in ("metrics", *written))
    return Kind(("python", "-m", f"tinyner.{name}"), stage=name, written=folders, **more)  # type: ignore[arg-type]


def _batch(place: Path) -> None:
    project.change(place, "mode: online", "mode: batch")


def _ray(place: Path) -> None:
    project.change(place, "mode: online", "mode: ray")


def stages_before(names: Sequence[str]) -> list[str]:
    """Return the stages whose outputs some kinds need, in their order."""
    last = max(project.STAGES.index(KINDS[name].stage) if KINDS[name].stage else 5 for name in names)
    return list(project.STAGES[:last])


def modules(names: Sequence[str]) -> list[str]:
    """Return the modules that the commands of some kinds, and of the stages before, spend their time to import."""
    kinds = [KINDS[name] for name in names]
    stages = {*stages_before(names), *(kind.stage for kind in kinds if kind.stage)}
    loaded = [f"tinyner.{stage}.__main__" for stage in project.STAGES if stage in stages]
    if "annotate" in stages:
        loaded += ["tinyner.annotate.online", "tinyner.annotate.batch"]
    if any("predict" in kind.command for kind in kinds):
        loaded += ["tinyner.commands.predict", "tinyner.predict.label_files", "tinyner.predict.sinks"]
        loaded += ["tinyner.shards.label_shards", "tinyner.shards.local"]
    if stages & {"align", "evaluate"}:
        loaded += ["seqeval.metrics", "seqeval.scheme"]
    if "train" in stages:
        loaded += ["transformers.models.bert.modeling_bert", "scipy.optimize"]
    return loaded


KINDS = {
    "prepare": _stage("prepare", "data", share=10),
    "annotate-online": _stage("annotate", "data", stores=("replies",), share=14, in_flight=project.CONCURRENCY),
    "annotate-batch": _stage("annotate", "data", stores=("replies",), change=_batch, share=14),
    "annotate-ray": _stage(
        "annotate", "data", stores=("replies",), change=_ray, share=1, in_flight=project.CONCURRENCY, is_fresh=True
    ),
    "clean": _stage("clean", "data", share=8),
    "align": _stage("align", "data", share=8),
    "train": _stage("train", "models", "predictions", stores=("cells",), share=8),
    "evaluate": _stage("evaluate", "plots", share=6),
    "predict": Kind((*_PREDICT, "labelled.jsonl"), written=("project",), share=10),
    "predict-gz": Kind((*_PREDICT, "labelled.conll.gz", "--html", "page.html"), written=("project",), share=6),
    "predict-brat": Kind((*_PREDICT, "brat", "--format", "brat"), written=("project",), share=4, is_once=True),
    "predict-shards": Kind(
        ("tinyner", "predict", "../texts/", "--threads", "1", "-o", "labelled/"), written=("project",), share=4
    ),
    "study": Kind(("tinyner", "study", "study.yaml"), stores=("cells",), share=1, is_fresh=True),
    "repro": Kind(
        ("dvc", "repro"),
        stage="prepare",
        stores=("cells", "replies"),
        share=1,
        is_fresh=True,
        in_flight=project.CONCURRENCY,
    ),
}
