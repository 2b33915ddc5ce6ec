"""Find the runs that were asked for, make their tables, say what is missing."""

import shlex
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from types import MappingProxyType

from tinyner.compare import differences, tables
from tinyner.compare.table import Table, few
from tinyner.errors import UserError
from tinyner.runs.run import WORKSPACE, Run
from tinyner.runs.sources import RunSource
from tinyner.study.plans import Changes, arguments, command, here, named

TABLES = ("1", "2", "3", "curve")
FIGURES = ("3",)

_FEW = 3  # missing experiments that a command each is printed for
_KEYS = 4  # parameters that are named where there may be many


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
    label: str | None = None  # of the one type that proofs are about
    figure: str | None = None  # of FIGURES
    epochs: int | None = None  # of the figure


def tables_of(wanted: Wanted, source: RunSource) -> list[Table]:
    """All that was asked for, each missing experiment named in a note."""
    if wanted.label is not None and not (wanted.proofs or wanted.against is not None or wanted.pairs):
        raise UserError(f"--type {wanted.label}: goes with --proof, --against or --pairs")
    if wanted.epochs is not None and (wanted.figure is None or wanted.epochs < 1):
        raise UserError(f"--epochs {wanted.epochs}: goes with --figure 3, and is at least 1")
    made, runs = _figure(wanted, source) if wanted.figure else _tables(wanted, source)
    found = []
    by_name = {run.name: run for run in runs}

    def known(name: str) -> Run:
        return by_name.get(name) or source.find(name)

    if wanted.proofs:
        found.append(differences.pairs([(known(a), known(b)) for a, b in wanted.proofs], wanted.label))
    if wanted.against is not None:
        reference = known(wanted.against)
        found.append(
            differences.against(list({**by_name, reference.name: reference}.values()), reference.name, wanted.label)
        )
    if wanted.pairs:
        found.append(differences.against(runs, None, wanted.label))
    proofs = [table for one in found for table in differences.tables(one)]
    compared = [name for one in found for pair in one for name in (pair.a, pair.b)]
    made = _with_note(made, source.elsewhere(by_name))
    return [*made, *_with_note(proofs, source.elsewhere(name for name in compared if name not in by_name))]


def _with_note(made: list[Table], note: str) -> list[Table]:
    """The tables, the last with a note, where there is one."""
    if not note:
        return made
    return [*made[:-1], replace(made[-1], notes=(*made[-1].notes, note))]


def _figure(wanted: Wanted, source: RunSource) -> tuple[list[Table], list[Run]]:
    """The weight curves over as many epochs as was asked for, or as the runs have."""
    if wanted.table is not None:
        raise UserError(f"give --figure or --table {wanted.table}, not both")
    default = [name for pair in wanted.proofs for name in pair]
    if wanted.epochs is not None and not (wanted.names or wanted.study):
        return [tables.shares(wanted.epochs)], [source.find(name) for name in dict.fromkeys(default)]
    default = default or ([] if wanted.archives or wanted.prefix else [WORKSPACE])
    found = list(_chosen(wanted, source, default)[0].values())
    lengths_of_runs = {epochs for run in found if (epochs := run.param("train.epochs", int) or 0) > 0}
    lengths = [wanted.epochs] if wanted.epochs else sorted(lengths_of_runs)
    if not lengths:
        raise UserError(f"{', '.join(run.name for run in found)}: no train.epochs in params.yaml; give --epochs")
    return [tables.shares(epochs) for epochs in lengths], found


def _tables(wanted: Wanted, source: RunSource) -> tuple[list[Table], list[Run]]:
    study = wanted.study
    if wanted.table in ("2", "3"):
        if wanted.names or wanted.study:
            raise UserError(
                f"--table {wanted.table} takes the experiments of `tinyner study table{wanted.table}` by their names, "
                "and no other names nor study; for any runs leave --table out"
            )
        study = f"table{wanted.table}"
        found, missing = _of_study(study, wanted.prefix, source)
        made = [tables.groups(found, wanted.prefix)] if study == "table2" else tables.schedules(found, wanted.prefix)
    elif wanted.table == "1":
        found, missing = _chosen(wanted, source, [] if wanted.archives or wanted.prefix else [WORKSPACE])
        made = [tables.teachers(list(found.values()))]
    elif wanted.table == "curve":
        study = None if wanted.names else wanted.study or "curve"
        found, missing = _chosen(replace(wanted, study=study), source, [])
        made = tables.curve(list(found.values()))
    else:
        study = wanted.study
        found, missing = _chosen(wanted, source, [name for pair in wanted.proofs for name in pair])
        made = [tables.by_name(list(found.values()))]
    if missing and study is not None:
        made[-1] = replace(
            made[-1], notes=(*made[-1].notes, *_to_make(missing, study, wanted.prefix, list(found.values())))
        )
    return made, list(found.values())


def _chosen(wanted: Wanted, source: RunSource, default: Sequence[str]) -> tuple[dict[str, Run], list[str]]:
    """The runs named, those of the study named, the default, or all; and the names of the study's missing ones."""
    if wanted.names and wanted.study:
        raise UserError("give names or --study, not both")
    if wanted.study:
        return _of_study(wanted.study, wanted.prefix, source)
    names = wanted.names or default
    if names and wanted.prefix:
        raise UserError(f"--prefix {wanted.prefix}: goes with --study, --table, or no names; write names in full")
    names = names or source.names(wanted.prefix)
    return {name: source.find(name) for name in dict.fromkeys(names)}, []


def _of_study(study: str, prefix: str, source: RunSource) -> tuple[dict[str, Run], list[str]]:
    """The experiments of a study that there are, by name, and the names (without prefix) of the others.

    Raises:
        UserError: where there is none.
    """
    found: dict[str, Run] = {}
    missing = []
    for name in named(study):
        run = source.of_study(f"{prefix}{name}")
        if run is None:
            missing.append(name)
        else:
            found[run.name] = run
    if not found:
        raise UserError(f"none of the experiments of {study} is {source.place}; make them: `{_study(study, prefix)}`")
    return found, missing


def _study(study: str, prefix: str, settings: Changes = MappingProxyType({})) -> str:
    return shlex.join(["tinyner", "study", study, *arguments(settings), *(["--prefix", prefix] if prefix else [])])


def _to_make(missing: Sequence[str], study: str, prefix: str, found: Sequence[Run]) -> list[str]:
    """Notes: the experiments that are missing, and the commands that make them as those were made that are here."""
    planned = named(study)
    settings, upstream = _settings(found, {key for changes in planned.values() for key in changes})
    whole = _study(study, prefix, settings)
    singly = len(missing) <= _FEW
    notes = [
        f"Missing: {', '.join(f'{prefix}{name}' for name in missing)}. `{whole}` makes what is missing, "
        + ("or one by one:" if singly else f"`{whole} --dry-run` prints the commands.")
    ]
    if singly:
        notes += [f"    {command(f'{prefix}{name}', {**planned[name], **settings})}" for name in missing]
    if upstream:
        told = few([f"{key} {tables.value(value)}" for key, value in upstream.items()], _KEYS)
        notes.append(f"Those that are here have other values than params.yaml: {told}; set these in it first.")
    return notes


def _settings(found: Sequence[Run], own: Set[str]) -> tuple[Changes, Changes]:
    """What all these runs have alike and the workspace's params.yaml has otherwise: of ``train``, and of the rest.

    Without what the experiments set on their own, and without keys that params.yaml doesn't know.
    """
    ours = here()  # none: commands for another project can't be known
    missing = object()
    alike = {}
    for key in ours.keys() - own:
        values = [run.params.get(key, missing) for run in found]
        if values and values[0] is not missing and all(value == values[0] for value in values):
            alike[key] = values[0]
    other = {key: alike[key] for key in ours if key in alike and alike[key] != ours[key]}
    train = {key: value for key, value in other.items() if key.startswith("train.")}
    return train, {key: value for key, value in other.items() if key not in train}
