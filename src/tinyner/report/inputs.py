"""What the report is made of: the runs, and, where a repository has them, the sentences and what became of replies."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tinyner.compare.query import Query, tables_of
from tinyner.compare.table import Table
from tinyner.corpora import CORPORA
from tinyner.errors import UserError
from tinyner.files import load, sha256_file
from tinyner.params import flat, load_params
from tinyner.rows import Annotation, Example, Sentence
from tinyner.runs.lookup import open_source
from tinyner.runs.run import WORKSPACE, Run, digest_of
from tinyner.runs.sources import FixedSource, RunSource, prefix_and_file
from tinyner.study.plans import named

TEST = Path("data/prepared/test.jsonl")


@dataclass(frozen=True)
class Corpus:
    """What one repository has of sentences and of its teacher's replies, whatever of it is there.

    ``annotations`` (a row a reply) and ``ledger`` (a row a mention) are in the order of the files; ``sentences``
    and ``examples`` are by id, of both sets; ``test`` and ``target`` in their order.
    """

    teacher: str
    types: Sequence[str]
    test: Sequence[Sentence]
    target: Sequence[Sentence]
    sentences: Mapping[str, Sentence]
    examples: Mapping[str, Example]
    annotations: Sequence[Annotation]
    ledger: Sequence[Mapping[str, Any]]
    missing: Sequence[str]  # files that are not there


@dataclass(frozen=True)
class Material:
    """All that the report is made of."""

    runs: Mapping[str, Run]
    prefixes: Mapping[str, str]  # by run: what stands before its own name
    tables: Sequence[Table]  # the paper's, with ours beside them
    lacking: Sequence[str]  # what is said of tables that can't be made
    archives: Mapping[str, str]  # as they were named, and the sha256 of their bytes
    command: str  # that gathers the same again
    corpora: Sequence[Corpus]

    @property
    def gold(self) -> Mapping[str, Sequence[Sentence]]:
        """Test sentences by their digest, so that predictions are held against their own."""
        return {digest_of(one.test): one.test for one in self.corpora if one.test}


def teacher_of(params: Mapping[str, object]) -> str | None:
    """Return the annotator and its prompts, as a teacher's name; None where the parameters lack one of them.

    >>> prompts = {"annotate.prompts.target": ["cot", "standard"], "annotate.prompts.related": "cot"}
    >>> teacher_of({"annotate.annotator": "claude", **prompts})
    'claude (cot, standard)'
    """
    names: dict[str, None] = {}
    for key, value in params.items():
        if key.startswith("annotate.prompts."):
            names |= dict.fromkeys(map(str, value if isinstance(value, list) else [value]))
    return f"{params['annotate.annotator']} ({', '.join(names)})" if "annotate.annotator" in params and names else None


def gathered(names: Sequence[str], archives: Sequence[str], data: Sequence[Path]) -> Material:
    """Runs by name, and the corpora of repositories.

    Args:
        names: experiments, revisions, or runs of the archives; none: all runs of the archives, or, where no archive
            is given either, what the workspace holds.
        archives: each ``FILE`` or ``PREFIX=FILE``, where the prefix stands before its runs' names.
        data: repositories whose sentences and replies are shown.

    Raises:
        UserError: where a run can't be found or read.
    """
    source = open_source(archives)
    wanted = names or (source.names() if archives else [WORKSPACE])
    runs = {name: source.find(name) for name in dict.fromkeys(wanted)}
    prefixes = prefixes_of(runs, [prefix for prefix, _ in map(prefix_and_file, archives)])
    tables, lacking = _tables(FixedSource(runs), list(dict.fromkeys(prefixes.values())))
    origins = {one: sha256_file(Path(prefix_and_file(one)[1])) for one in archives}
    told = [*names, *(part for one in archives for part in ("--from", one))]
    if list(data) != [Path()]:  # what it is by itself
        told += [part for root in data for part in ("--data", str(root))]
    command = shlex.join(["tinyner", "report", *told])
    return Material(runs, prefixes, tables, lacking, origins, command, [corpus(root) for root in data])


def prefixes_of(names: Iterable[str], given: Sequence[str]) -> dict[str, str]:
    """What stands before each run's own name: before an experiment's of the studies, else one that others have.

    Args:
        names: the runs.
        given: prefixes of archives.

    >>> prefixes_of(["E-fixed", "weak-E-fixed", "weak-mine", "mine"], [])
    {'E-fixed': '', 'weak-E-fixed': 'weak-', 'weak-mine': 'weak-', 'mine': ''}
    """
    planned = sorted([*named("all"), *named("curve")], key=len, reverse=True)
    own = {name: next((one for one in planned if name.endswith(one)), None) for name in names}
    known = {name.removesuffix(one) for name, one in own.items() if one is not None} | set(given) | {""}
    return {
        name: name.removesuffix(one) if one else max((p for p in known if name.startswith(p)), key=len)
        for name, one in own.items()
    }


def _tables(source: RunSource, prefixes: Sequence[str]) -> tuple[list[Table], list[str]]:
    """The paper's tables and the learning curve, as `tinyner compare` makes them, for each prefix of the runs."""
    tables: list[Table] = []
    lacking: list[str] = []
    wanted = [Query(source.names(), table="1")]
    wanted += [Query((), table=table, prefix=prefix) for table in ("2", "3", "curve") for prefix in prefixes]
    for one in wanted:
        try:
            made = tables_of(one, source)
        except UserError as error:
            lacking.append(str(error))
        else:
            told = f"{one.prefix.rstrip('-')}: " if one.prefix else ""
            tables += [replace(table, title=f"{told}{table.title}") for table in made]
    return tables, list(dict.fromkeys(lacking))


def corpus(root: Path) -> Corpus:
    """What a repository has of sentences and replies; files that are not there are named in ``missing``."""
    params = load_params(root / "params.yaml")
    missing: list[str] = []

    def rows(name: str) -> list[Any]:
        if (root / name).exists():
            return load(root / name)
        missing.append(name)
        return []

    distilled = {name: rows(path) for name, path in CORPORA.items()}
    return Corpus(
        teacher_of(flat(params.model_dump(mode="json"))) or "",
        list(params.types),
        rows(str(TEST)),
        distilled["target"],
        {row["id"]: row for sentences in distilled.values() for row in sentences},
        {row["id"]: row for name in CORPORA for row in rows(f"data/aligned/{name}.jsonl")},
        [row for name in CORPORA for row in rows(f"data/cleaned/{name}.jsonl")],
        [row for name in CORPORA for row in rows(f"data/aligned/{name}_ledger.jsonl")],
        missing,
    )
