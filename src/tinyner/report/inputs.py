"""The inputs of the report: runs, their tables, and the sentences and replies of repositories."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tinyner.compare.query import Query, tables_of
from tinyner.compare.table import Table
from tinyner.corpora import ASKED, CORPORA, GOLD
from tinyner.errors import UserError
from tinyner.files import load, sha256_file
from tinyner.params import flat, load_params
from tinyner.report.doubts import Doubts, doubts_of
from tinyner.rows import Annotation, Example, LedgerRow, Sentence
from tinyner.runs.annotators import annotators_of, is_asked
from tinyner.runs.lookup import open_source
from tinyner.runs.reference import TEST, Reference
from tinyner.runs.run import WORKSPACE, Run
from tinyner.runs.sources import FixedSource, RunSource, prefix_and_file
from tinyner.study.plans import named

ORIGINAL = ASKED[GOLD]


@dataclass(frozen=True)
class Corpus:
    """The sentences and replies of one repository, as far as its files are there.

    ``annotations`` (a row a reply) and ``ledger`` (a row a mention) are in the order of the files; ``sentences``
    and ``examples`` are by id, of both sets; ``test``, ``target`` and ``original`` in the order of their files.
    """

    teacher: str
    types: Sequence[str]
    test: Sequence[Sentence]
    target: Sequence[Sentence]
    original: Sequence[Sentence]
    sentences: Mapping[str, Sentence]
    examples: Mapping[str, Example]
    annotations: Sequence[Annotation]
    ledger: Sequence[LedgerRow]
    missing: Sequence[str]  # names of files that are not there


@dataclass(frozen=True)
class Inputs:
    """All inputs of the report."""

    runs: Mapping[str, Run]
    prefixes: Mapping[str, str]  # by run: what stands before its own name
    tables: Sequence[Table]  # the paper's, filled with these runs
    missing_tables: Sequence[str]  # messages on tables that can't be made
    archives: Mapping[str, str]  # as they were named, with the sha256 of their bytes
    command: str  # that makes the same report again
    corpora: Sequence[Corpus]
    doubts: Doubts = field(default_factory=Doubts)

    @cached_property
    def references(self) -> Mapping[str, Reference]:
        """Test sentences with their tags by their digest, so that predictions are only compared with their own."""
        references = [
            Reference.of(corpus.test, corpus.examples.values())
            for corpus in self.corpora
            if any("tags" in row or row["id"] in corpus.examples for row in corpus.test)
        ]
        return {reference.digest: reference for reference in references}


def teacher_of(params: Mapping[str, object]) -> str | None:
    """Return a teacher's name from parameters by dotted names: annotators and prompts; None where one is missing.

    >>> prompts = {"annotate.prompts.target": ["cot", "standard"], "annotate.prompts.related": "cot"}
    >>> teacher_of({"annotate.annotator": "claude", **prompts})
    'claude (cot, standard)'
    >>> labels = {"annotate.annotators.crowd.labels": "data/own/crowd.txt"}
    >>> teacher_of({"annotate.annotator": "crowd", **labels, **prompts})
    'crowd'
    """
    prompts: dict[str, None] = {}
    for key, value in params.items():
        if key.startswith("annotate.prompts."):
            prompts |= dict.fromkeys(map(str, value if isinstance(value, list) else [value]))
    names = annotators_of(params)
    if not names or not prompts:
        return None
    return f"{' + '.join(names)} ({', '.join(prompts)})" if is_asked(params) else " + ".join(names)


def gather(names: Sequence[str], archives: Sequence[str], data: Sequence[Path]) -> Inputs:
    """Read runs by name, and the corpora of repositories.

    Args:
        names: experiments, revisions, or runs of the archives; none: all runs of the archives, or, without archives,
            what the workspace holds.
        archives: each ``FILE`` or ``PREFIX=FILE``, where the prefix stands before its runs' names.
        data: repositories whose sentences and replies are shown.

    Raises:
        UserError: where a run can't be found or read.
    """
    source = open_source(archives)
    chosen = names or (source.names() if archives else [WORKSPACE])
    runs = {name: source.find(name) for name in dict.fromkeys(chosen)}
    prefixes = prefixes_of(runs, [prefix for prefix, _ in map(prefix_and_file, archives)])
    tables, missing_tables = _tables(FixedSource(runs), list(dict.fromkeys(prefixes.values())))
    digests = {archive: sha256_file(Path(prefix_and_file(archive)[1])) for archive in archives}
    arguments = [*names, *(part for archive in archives for part in ("--from", archive))]
    if list(data) != [Path()]:  # the default
        arguments += [part for root in data for part in ("--data", str(root))]
    command = shlex.join(["tinyner", "report", *arguments])
    corpora = [read_corpus(root) for root in data]
    is_workspace = list(runs) == [WORKSPACE] and list(data) == [Path()]
    doubts = doubts_of(Path(), corpora[0].target, corpora[0].original) if is_workspace else Doubts()
    return Inputs(runs, prefixes, tables, missing_tables, digests, command, corpora, doubts)


def prefixes_of(names: Iterable[str], archive_prefixes: Sequence[str]) -> dict[str, str]:
    """Return the prefix of each run's name: what stands before the name of a study's experiment.

    Other runs have the longest prefix that such a run or an archive has and their name begins with.

    >>> prefixes_of(["E-fixed", "weak-E-fixed", "weak-mine", "mine"], [])
    {'E-fixed': '', 'weak-E-fixed': 'weak-', 'weak-mine': 'weak-', 'mine': ''}
    """
    planned = sorted([*named("all"), *named("curve")], key=len, reverse=True)
    experiments = {name: next((end for end in planned if name.endswith(end)), None) for name in names}
    prefixes = {name.removesuffix(end) for name, end in experiments.items() if end is not None}
    prefixes |= {*archive_prefixes, ""}
    return {
        name: name.removesuffix(end) if end else max((p for p in prefixes if name.startswith(p)), key=len)
        for name, end in experiments.items()
    }


def _tables(source: RunSource, prefixes: Sequence[str]) -> tuple[list[Table], list[str]]:
    """Make the paper's tables and the learning curve, as `tinyner compare` does, for each prefix of the runs.

    Returns:
        The tables, and messages on those that can't be made.
    """
    tables: list[Table] = []
    messages: list[str] = []
    selections = [Query(source.names(), table="1")]
    selections += [Query((), table=table, prefix=prefix) for table in ("2", "3", "curve") for prefix in prefixes]
    for selection in selections:
        try:
            made = tables_of(selection, source)
        except UserError as error:
            messages.append(str(error))
        else:
            label = f"{selection.prefix.rstrip('-')}: " if selection.prefix else ""
            tables += [replace(table, title=f"{label}{table.title}") for table in made]
    return tables, list(dict.fromkeys(messages))


def read_corpus(root: Path) -> Corpus:
    """Read a repository's sentences and replies; files that are not there are named in ``missing``."""
    params = load_params(root / "params.yaml")
    missing: list[str] = []

    def rows(name: str) -> list[Any]:
        if (root / name).exists():
            return load(root / name)
        missing.append(name)
        return []

    prepared = {name: rows(path) for name, path in CORPORA.items()}
    return Corpus(
        teacher_of(flat(params.model_dump(mode="json"))) or "",
        list(params.types),
        rows(TEST),
        prepared["target"],
        rows(ORIGINAL),
        {row["id"]: row for sentences in prepared.values() for row in sentences},
        {row["id"]: row for name in CORPORA for row in rows(f"data/aligned/{name}.jsonl")},
        [row for name in CORPORA for row in rows(f"data/cleaned/{name}.jsonl")],
        [row for name in CORPORA for row in rows(f"data/aligned/{name}_ledger.jsonl")],
        missing,
    )
