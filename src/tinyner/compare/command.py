"""What ``tinyner compare`` does: find the runs, make the tables, say what is missing, draw."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from tinyner.compare import draw, figures, proof
from tinyner.compare.table import Table
from tinyner.errors import UserError
from tinyner.experiments import command, named
from tinyner.revisions import WORKSPACE, Found, Source
from tinyner.rows import atomic

FORMATS = ("text", "markdown", "csv", "latex")
TABLES = ("1", "2", "3", "curve")

_FEW = 3  # missing experiments that a command each is printed for
_WIDTH = 100  # columns of text, where no terminal says otherwise


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line; ``names`` may be empty, ``table`` is one of TABLES or None."""

    names: Sequence[str]
    archives: Sequence[str] = ()
    table: str | None = None
    study: str | None = None
    prefix: str = ""
    proofs: Sequence[tuple[str, str]] = ()
    against: str | None = None
    pairs: bool = False


def run(wanted: Wanted, form: str, output: Path | None) -> None:
    """Compare, and print or write what was found.

    Raises:
        UserError: where a run or what a table needs of it is missing.
    """
    made = tables(wanted, Source(wanted.archives))
    if output is None:
        print(drawn(made, form, terminal=sys.stdout.isatty()), end="")
    else:
        with atomic(output) as file:
            file.write(drawn(made, form).encode())
    if form == "csv":
        for note in (note for table in made for note in table.notes):
            print(note, file=sys.stderr)


def drawn(made: Sequence[Table], form: str, terminal: bool = False) -> str:
    """The tables in one of FORMATS; on a terminal as wide as it is, else of 100 columns or $COLUMNS."""
    if form == "text":
        width = Console().width if terminal else int(os.environ.get("COLUMNS", _WIDTH))
        return draw.text(made, width, terminal)
    return {"markdown": draw.markdown, "csv": draw.comma_separated, "latex": draw.latex}[form](made)


def tables(wanted: Wanted, source: Source) -> list[Table]:
    """All that was asked for, each missing experiment named in a note."""
    made, runs = _tables(wanted, source)
    found = []
    by_name = {run.name: run for run in runs}

    def known(name: str) -> Found:
        return by_name.get(name) or source.find(name)

    if wanted.proofs:
        found.append(proof.pairs([(known(a), known(b)) for a, b in wanted.proofs]))
    if wanted.against is not None:
        reference = known(wanted.against)
        found.append(proof.against(list({**by_name, reference.name: reference}.values()), reference.name))
    if wanted.pairs:
        found.append(proof.against(runs, None))
    return [*made, *map(proof.table, found)]


def _tables(wanted: Wanted, source: Source) -> tuple[list[Table], list[Found]]:
    study = wanted.study
    if wanted.table in ("2", "3"):
        if wanted.names or wanted.study:
            raise UserError(
                f"--table {wanted.table} takes the experiments of `tinyner study table{wanted.table}` by their names, "
                "and no other names nor study; for any runs leave --table out"
            )
        study = f"table{wanted.table}"
        found, missing = _of_study(study, wanted.prefix, source)
        made = [figures.groups(found, wanted.prefix)] if study == "table2" else figures.schedules(found, wanted.prefix)
    elif wanted.table == "1":
        found, missing = _chosen(wanted, source, [] if wanted.archives else [WORKSPACE])
        made = [figures.teachers(list(found.values()))]
    elif wanted.table == "curve":
        study = None if wanted.names else wanted.study or "curve"
        found, missing = _chosen(replace(wanted, study=study), source, [])
        made = figures.curve(list(found.values()))
    else:
        study = wanted.study
        found, missing = _chosen(wanted, source, [name for pair in wanted.proofs for name in pair])
        if not found:
            raise UserError(
                "no experiment is recorded on this commit; name some runs, e.g. `tinyner compare main mine`"
            )
        made = [figures.by_name(list(found.values()))]
    if missing and study is not None:
        made[-1] = replace(made[-1], notes=(*made[-1].notes, *_to_make(missing, study, wanted.prefix)))
    return made, list(found.values())


def _chosen(wanted: Wanted, source: Source, default: Sequence[str]) -> tuple[dict[str, Found], list[str]]:
    """The runs named, those of the study named, the default, or all; and the names of the study's missing ones."""
    if wanted.names and wanted.study:
        raise UserError("give names or --study, not both")
    if wanted.study:
        return _of_study(wanted.study, wanted.prefix, source)
    names = wanted.names or default or [name for name in source.names() if name.startswith(wanted.prefix)]
    return {name: source.find(name) for name in dict.fromkeys(names)}, []


def _of_study(study: str, prefix: str, source: Source) -> tuple[dict[str, Found], list[str]]:
    """The experiments of a study that there are, by name, and the names (without prefix) of the others.

    Raises:
        UserError: where there is none.
    """
    found: dict[str, Found] = {}
    missing = []
    for name in named(study):
        run = source.get(f"{prefix}{name}")
        if run is None:
            missing.append(name)
        else:
            found[run.name] = run
    if not found:
        raise UserError(f"none of the experiments of {study} is here; make them: `{_study(study, prefix)}`")
    return found, missing


def _study(study: str, prefix: str) -> str:
    return f"tinyner study {study}" + (f" --prefix {prefix}" if prefix else "")


def _to_make(missing: Sequence[str], study: str, prefix: str) -> list[str]:
    planned: Mapping[str, Mapping[str, object]] = named(study)
    notes = [
        f"Missing: {', '.join(f'{prefix}{name}' for name in missing)}. `{_study(study, prefix)}` makes what is missing"
        + (
            ", or one by one:"
            if len(missing) <= _FEW
            else f", `{_study(study, prefix)} --dry-run` prints the commands."
        )
    ]
    if len(missing) <= _FEW:
        notes += [f"    {command(f'{prefix}{name}', planned[name])}" for name in missing]
    return notes
