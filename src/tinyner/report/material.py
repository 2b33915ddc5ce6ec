"""What the report is made of: the runs, and, where a repository has them, the sentences and what became of replies."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tinyner import params
from tinyner.corpora import CORPORA
from tinyner.errors import UserError
from tinyner.params import Params
from tinyner.rows import Annotation, Example, Prediction, Sentence, load, sha256_file
from tinyner.runs import METRICS, Run, curves_of, digest_of, read_archive

TEST = Path("data/prepared/test.jsonl")


@dataclass(frozen=True)
class Source:
    """Where runs were read from: a file's path and the sha256 of its bytes, or the workspace."""

    name: str
    sha256: str | None
    runs: int


@dataclass(frozen=True)
class Corpus:
    """What one repository has of sentences and of its teacher's replies, whatever of it is there.

    ``annotations`` (a row a reply) and ``ledger`` (a row a mention) are in the order of the files; ``sentences``
    and ``examples`` are by id, of both corpora; ``test`` and ``distilled`` in their order.
    """

    teacher: str
    types: Sequence[str]
    test: Sequence[Sentence]
    distilled: Sequence[Sentence]
    sentences: Mapping[str, Sentence]
    examples: Mapping[str, Example]
    annotations: Sequence[Annotation]
    ledger: Sequence[Mapping[str, Any]]
    missing: Sequence[str]  # files that are not there


@dataclass(frozen=True)
class Material:
    """All that the report is made of."""

    runs: Mapping[str, Run]
    sources: Sequence[Source]
    corpora: Sequence[Corpus]

    @property
    def gold(self) -> Mapping[str, Sequence[Sentence]]:
        """Test sentences by their digest, so that predictions are held against their own."""
        return {digest_of(one.test): one.test for one in self.corpora if one.test}


def teacher_of(knobs: Params) -> str:
    """The annotator and its prompts, as a teacher's name: ``claude (cot)``."""
    prompts = dict.fromkeys([*knobs.annotate.prompts.of("conll"), *knobs.annotate.prompts.of("bbc")])
    return f"{knobs.annotate.annotator} ({', '.join(prompts)})"


def archived(given: Sequence[str]) -> tuple[dict[str, Run], list[Source]]:
    """The runs of archives, each ``FILE`` or ``PREFIX=FILE``, where the prefix stands before its runs' names.

    Raises:
        UserError: naming the file, or the name that two runs have.
    """
    runs: dict[str, Run] = {}
    sources = []
    for one in given:
        prefix, _, name = one.rpartition("=")
        path = Path(name)
        found = read_archive(path)
        for run in found.values():
            named = f"{prefix}{run.name}"
            if named in runs:
                raise UserError(f"{path}: a run {named} was read already; tell them apart with --from PREFIX={path}")
            runs[named] = replace(run, name=named)
        sources.append(Source(str(path), sha256_file(path), len(found)))
    return runs, sources


def workspace(root: Path = Path()) -> Run:
    """The run that a workspace holds after `dvc repro`.

    Raises:
        UserError: where its predictions or the test sentences are not there.
    """
    knobs = params.load(root / "params.yaml")
    files = sorted((root / "predictions").glob("seed_*.jsonl"), key=lambda path: int(path.stem.removeprefix("seed_")))
    curves = root / "plots/curves_by_seed.csv"
    if not files or not curves.exists():
        raise UserError(
            f"{root / 'predictions'}/: no seed_<n>.jsonl; run `dvc repro`, or name archives of runs with --from FILE"
        )
    predictions: dict[int, list[list[str]]] = {}
    for path in files:
        rows: list[Prediction] = load(path)
        predictions[int(path.stem.removeprefix("seed_"))] = [row["tags"] for row in rows]
    metrics = {name: _json(root / f"metrics/{name}.json") for name in METRICS}
    return Run(
        "workspace",
        knobs,
        {name: content for name, content in metrics.items() if content is not None},
        curves_of(curves.read_text(encoding="utf-8")),
        predictions,
        digest_of(load(root / TEST)),
    )


def corpus(root: Path) -> Corpus:
    """What a repository has of sentences and replies; files that are not there are named in ``missing``."""
    knobs = params.load(root / "params.yaml")
    missing: list[str] = []

    def rows(name: str) -> list[Any]:
        if (root / name).exists():
            return load(root / name)
        missing.append(name)
        return []

    distilled = rows(CORPORA["conll"])
    sentences = {
        row["id"]: row for name in CORPORA.values() for row in (distilled if "distilled" in name else rows(name))
    }
    return Corpus(
        teacher_of(knobs),
        list(knobs.types),
        rows(str(TEST)),
        distilled,
        sentences,
        {row["id"]: row for name in CORPORA for row in rows(f"data/aligned/{name}.jsonl")},
        [row for name in CORPORA for row in rows(f"data/cleaned/{name}.jsonl")],
        [row for name in CORPORA for row in rows(f"data/aligned/{name}_ledger.jsonl")],
        missing,
    )


def _json(path: Path) -> Any:
    if not path.exists():
        return None
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path}: not JSON: {error}; run `dvc repro`") from None
