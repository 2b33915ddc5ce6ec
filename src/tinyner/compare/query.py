"""What was asked for on the command line, and the tables that answer it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinyner.compare import differences
from tinyner.compare.blends import blend_table
from tinyner.compare.by_name import tables_by_name
from tinyner.compare.curve_table import curve_tables
from tinyner.compare.missing import commands_for
from tinyner.compare.notes import decoder_notes
from tinyner.compare.other_gold import OtherGold, read_other_gold, table_by_labels
from tinyner.compare.paper_tables import group_table, schedule_tables, share_table
from tinyner.compare.selection import chosen, runs_of_study
from tinyner.compare.table import Table
from tinyner.compare.teacher_table import teacher_table
from tinyner.errors import UserError
from tinyner.runs.run import WORKSPACE, Run
from tinyner.runs.sources import RunSource
from tinyner.stats.significance import Difference


@dataclass(frozen=True)
class Query:
    """What was asked for on the command line.

    Attributes:
        names: of runs; none: see ``selection.chosen``.
        archives: as they were named.
        table: 1, 2, 3, curve or blends; None: the runs by name.
        study: a study whose experiments are the runs.
        prefix: before the names of a study's experiments.
        significance: pairs of names; whether the first run of each beats the second.
        against: the name of the run that each other is tested against.
        all_pairs: whether every run is tested against every other.
        entity_type: the type whose entities the tests count; None: all.
        gold: labels of test sentences that runs are held against instead, by path or URL; None: the test set's.
        figure: 3 or None.
        epochs: of the figure; None: as many as the runs have.

    """

    names: Sequence[str] = ()
    archives: Sequence[str] = ()
    table: str | None = None
    study: str | None = None
    prefix: str = ""
    significance: Sequence[tuple[str, str]] = ()
    against: str | None = None
    all_pairs: bool = False
    entity_type: str | None = None
    gold: str | None = None
    figure: str | None = None
    epochs: int | None = None

    @property
    def tested_names(self) -> list[str]:
        """Names of the pairs that are tested, in order, with repetitions."""
        return [name for pair in self.significance for name in pair]


def tables_of(query: Query, source: RunSource) -> list[Table]:
    """Return the tables asked for, with missing experiments in notes, then those of the significance tests.

    Raises:
        UserError: if options contradict each other, or a run or what a table needs of it is missing.
    """
    tests = bool(query.significance or query.against is not None or query.all_pairs)
    if query.entity_type is not None and not tests:
        raise UserError(f"--type {query.entity_type}: goes with --significance, --against or --pairs")
    if query.table == "blends" and (query.against is not None or query.all_pairs):
        raise UserError("--table blends tests by itself what it shows; give --against or --pairs without it")
    if query.gold is not None and (query.table or query.figure):
        raise UserError(f"--gold {query.gold}: goes with runs by their names and tests, without --table and --figure")
    if query.epochs is not None and (query.figure is None or query.epochs < 1):
        raise UserError(f"--epochs {query.epochs}: goes with --figure 3, and is at least 1")
    other_gold = None if query.gold is None else read_other_gold(query.gold)
    tables, runs = _figure(query, source) if query.figure else _tables(query, source, other_gold)
    listed = {run.name for run in runs}
    families, tested = _significance_tests(query, runs, source, other_gold)
    test_tables = [table for family in families for table in differences.tables(family)]
    tables = _with_note(tables, source.elsewhere(run.name for run in runs))
    elsewhere = source.elsewhere(run.name for run in tested if run.name not in listed)
    said = {note for table in tables for note in table.notes}
    notes = [note for note in decoder_notes(tested) if note not in said]
    if other_gold and test_tables:
        test_tables = [replace(table, title=f"{table.title}, by other gold") for table in test_tables]
        notes.append(other_gold.note())
    return [*tables, *_with_note(_with_note(test_tables, *notes), elsewhere)]


def _with_note(tables: list[Table], *notes: str) -> list[Table]:
    """Return the tables, the last with those of the notes that are not empty."""
    filled = list(filter(None, notes))
    return [*tables[:-1], tables[-1].with_notes(*filled)] if filled else tables


def _significance_tests(
    query: Query, runs: Sequence[Run], source: RunSource, other_gold: OtherGold | None
) -> tuple[list[list[Difference]], list[Run]]:
    """Return the differences that were asked for, and the runs in them; those of a list are adjusted as one family."""
    by_name, tested = {run.name: run for run in runs}, dict[str, Run]()

    def run_of(name: str) -> Run:
        return tested.setdefault(name, by_name.get(name) or source.find(name))

    families = []
    if query.significance:
        pairs = [(run_of(first), run_of(second)) for first, second in query.significance]
        families.append(differences.pairs(pairs, query.entity_type, other_gold))
    if query.against is not None:
        reference = run_of(query.against)
        rows = list({**by_name, reference.name: reference}.values())
        tested |= {run.name: run for run in rows}
        families.append(differences.against(rows, reference.name, query.entity_type, other_gold))
    if query.all_pairs:
        tested |= by_name
        families.append(differences.against(runs, None, query.entity_type, other_gold))
    return families, list(tested.values())


def _figure(query: Query, source: RunSource) -> tuple[list[Table], list[Run]]:
    """Return Figure 3 over as many epochs as were asked for, else a table per number of epochs that the runs have."""
    if query.table is not None:
        raise UserError(f"give --figure or --table {query.table}, not both")
    if query.epochs is not None and not (query.names or query.study):
        return [share_table(query.epochs)], [source.find(name) for name in dict.fromkeys(query.tested_names)]
    default = query.tested_names or ([] if query.archives or query.prefix else [WORKSPACE])
    runs = list(chosen(source, query.names, query.study, query.prefix, default)[0].values())
    if query.epochs:
        lengths = [query.epochs]
    else:
        epochs_of_runs = {run.param("train.epochs", int) or 0 for run in runs}
        lengths = sorted(epochs for epochs in epochs_of_runs if epochs > 0)
    if not lengths:
        raise UserError(f"{', '.join(run.name for run in runs)}: no train.epochs in params.yaml; give --epochs")
    return [share_table(epochs) for epochs in lengths], runs


def _tables(query: Query, source: RunSource, other_gold: OtherGold | None) -> tuple[list[Table], list[Run]]:
    """Return the table asked for, in one or several parts, and the runs in it."""
    study = query.study
    if query.table in ("2", "3"):
        if query.names or query.study:
            raise UserError(
                f"--table {query.table} takes the experiments of `tinyner study table{query.table}` by their names, "
                "and no other names nor study; for any runs leave --table out"
            )
        study = f"table{query.table}"
        runs, missing = runs_of_study(study, query.prefix, source)
        tables = [group_table(runs, query.prefix)] if query.table == "2" else schedule_tables(runs, query.prefix)
    elif query.table == "1":
        default = [] if query.archives or query.prefix else [WORKSPACE]
        runs, missing = chosen(source, query.names, query.study, query.prefix, default)
        tables = [teacher_table(list(runs.values()))]
    elif query.table == "curve":
        study = None if query.names else query.study or "curve"
        runs, missing = chosen(source, query.names, study, query.prefix)
        tables = curve_tables(list(runs.values()))
    elif query.table == "blends":
        runs, missing = chosen(source, query.names, query.study, query.prefix)
        tables = [blend_table(list(runs.values()))]
    else:
        runs, missing = chosen(source, query.names, query.study, query.prefix, query.tested_names)
        rows = list(runs.values())
        tables = tables_by_name(rows) if other_gold is None else [table_by_labels(rows, other_gold)]
    if missing and study is not None:
        notes = commands_for(missing, study, query.prefix, list(runs.values()))
        tables[-1] = tables[-1].with_notes(*notes)
    return tables, list(runs.values())
