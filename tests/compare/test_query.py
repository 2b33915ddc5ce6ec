"""Queries of archives: no repository, no DVC."""

import lzma
from dataclasses import replace
from pathlib import Path

import pytest

from tests.compare.made_runs import predicting_run
from tests.conftest import ROOT
from tinyner import cli
from tinyner.compare import render
from tinyner.compare.query import Query, tables_of
from tinyner.errors import UserError
from tinyner.params import load_params
from tinyner.runs.archive import read_archive, write_archive
from tinyner.runs.lookup import open_source
from tinyner.study.plans import curve, named, table2, table3


def test_a_table_of_an_archive_names_what_is_missing(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["compare", "--from", "runs.jsonl.xz", "--table", "2"])
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == "Table 2: micro F1 on test by group, mean ± std over 2 seeds"
    assert next(line.split() for line in printed.splitlines() if line.startswith(" A")) == [
        *("A", "0.416", "±", "0.022", "0.850", "0.558", "±", "0.018", "0.849"),
    ]
    assert "Missing: E-fixed. `tinyner study table2` makes what is missing, or one by one:" in printed
    assert (
        "    dvc exp run -n E-fixed -S train.group=E -S train.schedule.type=group -S train.schedule.k=null "
        "-S train.schedule.n=null -S train.lr_decay=1.0\n"
    ) in printed


def test_archives_with_the_same_names_are_told_apart_by_a_prefix(workspace: Path) -> None:
    with pytest.raises(UserError, match=r"--from runs.jsonl.xz: A-fixed is in runs.jsonl.xz as well"):
        open_source(["runs.jsonl.xz", "runs.jsonl.xz"])
    source = open_source(["runs.jsonl.xz", "weak-=runs.jsonl.xz"])
    plain, weak = tables_of(Query(table="2"), source), tables_of(Query(table="2", prefix="weak-"), source)
    assert plain[0].rows == weak[0].rows
    assert "Missing: weak-E-fixed. `tinyner study table2 --prefix weak-` makes" in weak[0].notes[1]
    assert source.find("weak-A-decay").name == "weak-A-decay"


def test_two_runs_to_hold_others_against_are_refused(workspace: Path) -> None:
    with pytest.raises(UserError, match=r"--against A-fixed --against B-fixed: .*; give it once, and run the command"):
        cli.run(["compare", "--from", "runs.jsonl.xz", "C-fixed", "--against", "A-fixed", "--against", "B-fixed"])


def test_a_name_that_is_not_there_offers_the_nearest(workspace: Path) -> None:
    with pytest.raises(UserError, match=r"A-fixd: no experiment, branch, tag or commit here.* did you mean A-fixed or"):
        tables_of(Query(["A-fixd"]), open_source(["runs.jsonl.xz"]))


def test_without_repository_and_archive(workspace: Path) -> None:
    with pytest.raises(UserError, match=r"no DVC repository here; run this in one, or read an archive: --from FILE"):
        tables_of(Query(["main"]), open_source())


def test_a_study_of_ones_own_has_a_curve_and_a_significance_test(workspace: Path) -> None:
    """results/equal-steps.yaml: group A with as many steps whatever the size, beside the learning curve's E-50."""
    study = str(ROOT / "results/equal-steps.yaml")
    planned = {**named(study), "E-50": curve()["E-50"]}
    runs = [
        predicting_run(name, load_params(ROOT / "params.yaml", changes), 10 + number)
        for number, (name, changes) in enumerate(planned.items())
    ]
    archives = ["steps.jsonl.xz"]
    write_archive(Path(archives[0]), runs)
    source = open_source(archives)
    (table,) = tables_of(Query(archives=archives, table="curve", study=study), source)
    assert [column.header for column in table.columns] == ["original sentences", "group A"]
    assert [row[0] for row in table.rows] == [50, 100, 200, 500]
    assert table.notes == ("Not all alike in what the table doesn't show: train.epochs (80, 40, 20, 8).",)
    table = tables_of(Query(archives=archives, significance=[("E-50", "A-50-steps")]), source)[-1]
    assert table.rows[0][:2] == ("E-50", "A-50-steps")
    (table,) = tables_of(Query(["A-50-steps", "E-50"], archives, table="curve"), source)
    assert [row[0] for row in table.rows] == [50]
    assert all(table.rows[0])


def test_runs_of_versions_with_other_keys_are_compared_and_tested(workspace: Path) -> None:
    now = read_archive(Path("runs.jsonl.xz"))["A-fixed"]
    train = {key: value for key, value in now.sections["train"].items() if key != "weight_decay"} | {"forgotten": 1}
    write_archive(Path("older.jsonl.xz"), [replace(now, name="older", sections={**now.sections, "train": train})])
    source = open_source(["runs.jsonl.xz", "older.jsonl.xz"])
    rows, _, test = tables_of(Query(["A-fixed", "older"], significance=[("A-fixed", "older")]), source)
    assert [column.header for column in rows.columns[:3]] == ["run", "train.forgotten", "train.weight_decay"]
    assert test.notes[0].startswith("no difference shown between A-fixed and older: 0.0 ± 0.0 F1")


def test_where_two_decoders_meet_it_is_said(workspace: Path) -> None:
    now = read_archive(Path("runs.jsonl.xz"))["A-fixed"]
    train = {key: value for key, value in now.sections["train"].items() if key != "decode"}
    write_archive(Path("older.jsonl.xz"), [replace(now, name="older", sections={**now.sections, "train": train})])
    source = open_source(["runs.jsonl.xz", "older.jsonl.xz"])  # read_archive takes runs without the key for argmax
    pair = [("A-fixed", "older")]
    rows, *_ = tables_of(Query(["A-fixed", "older"], significance=pair), source)
    assert [column.header for column in rows.columns[:2]] == ["run", "train.decode"]
    assert [row[1] for row in rows.rows] == ["viterbi", "argmax"]
    note = (
        "Two decoders meet (train.decode): viterbi for A-fixed; argmax for older. "
        "A part of such a difference is the decoder's."
    )
    for query in (
        Query(significance=pair),
        Query(["older"], against="A-fixed"),
        Query(["A-fixed", "older"], all_pairs=True),
    ):
        assert [line for table in tables_of(query, source) for line in table.notes].count(note) == 1
    tables = tables_of(Query(all_pairs=True, names=["A-fixed", "C-fixed"]), source)
    assert not any("Two decoders" in line for table in tables for line in table.notes)


@pytest.mark.parametrize("table", ["2", "3", "curve"])
def test_tables_of_a_study_say_where_two_decoders_meet(table: str, workspace: Path) -> None:
    planned = {"2": table2(), "3": table3(), "curve": curve()}[table]
    decoders = dict.fromkeys(planned, "viterbi") | {next(iter(planned)): "argmax"}
    runs = [
        predicting_run(name, load_params(ROOT / "params.yaml", {**planned[name], "train.decode": decoder}), 10)
        for name, decoder in decoders.items()
    ]
    write_archive(Path("both.jsonl.xz"), runs)
    notes = [note for made in tables_of(Query(table=table), open_source(["both.jsonl.xz"])) for note in made.notes]
    (said,) = (note for note in notes if "decode" in note)
    assert said.startswith("Two decoders meet (train.decode): ")
    assert f"argmax for {next(iter(planned))}" in said


def test_the_weight_curves(workspace: Path) -> None:
    source = open_source(["runs.jsonl.xz"])
    (table,) = tables_of(Query(archives=["runs.jsonl.xz"], figure="3"), source)
    assert table.title.endswith("T = 4")
    (table,) = tables_of(Query(figure="3", epochs=3), source)
    assert len(table.rows) == 17
    rows = {row[0]: row[1:] for row in table.rows}
    assert [column.header for column in table.columns] == ["schedule", "epoch 1", "epoch 2", "epoch 3"]
    assert rows["pure_distilled"] == rows["all"] == (1.0, 1.0, 1.0)
    assert rows["simple_mix"] == (1.0, 1.0, 0.0)
    assert rows["cosine"] == rows["power-1"] == pytest.approx((1.0, 0.5, 0.0))
    assert rows["power-2"] == (1.0, 0.75, 0.0)
    assert rows["sigmoid-8"] == pytest.approx((0.9820, 0.5, 0.0180), abs=1e-4)
    with pytest.raises(UserError, match=r"--epochs 0: goes with --figure 3, and is at least 1"):
        tables_of(Query(figure="3", epochs=0), source)
    with pytest.raises(UserError, match=r"give --figure or --table 2, not both"):
        tables_of(Query(table="2", figure="3"), source)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (Query(["x"], table="2"), "--table 2 takes the experiments of `tinyner study table2` by their names"),
        (
            Query(table="3"),
            "none of the experiments of table3 is in runs.jsonl.xz; make them: `tinyner study table3`",
        ),
        (
            Query(table="curve", prefix="y-"),
            "none of the experiments of curve is in runs.jsonl.xz; make them: `tinyner study curve --prefix y-`",
        ),
        (Query(["x"], study="table2"), "give names or --study, not both"),
    ],
)
def test_what_can_not_be(query: Query, message: str, workspace: Path) -> None:
    with pytest.raises(UserError) as caught:
        tables_of(query, open_source(["runs.jsonl.xz"]))
    assert message in str(caught.value)


@pytest.mark.parametrize("table", [None, "1"])
def test_no_run_of_that_prefix(table: str | None, workspace: Path) -> None:
    query = Query(archives=["runs.jsonl.xz"], table=table, prefix="no-")
    with pytest.raises(UserError) as caught:
        tables_of(query, open_source(query.archives))
    expected = "--prefix no-: no name in runs.jsonl.xz begins so; there are A-fixed, B-fixed, C-fixed, ..."
    assert str(caught.value) == expected
    with pytest.raises(UserError, match=r"--prefix no-: no name in runs.jsonl.xz begins so"):
        cli.run(["archive", "--from", "runs.jsonl.xz", "--prefix", "no-", "-o", "x.jsonl.xz"])


def test_an_archive_of_no_runs(workspace: Path) -> None:
    write_archive(Path("none.jsonl.xz"), [])
    with pytest.raises(UserError, match=r"none.jsonl.xz: no run in it"):
        tables_of(Query(), open_source(["none.jsonl.xz"]))


def test_an_archive_of_archives(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["archive", "--from", "x-=runs.jsonl.xz", "--prefix", "x-A", "-o", "some.jsonl.xz"])
    assert capsys.readouterr().out.startswith("some.jsonl.xz: 2 runs, ")
    copies = read_archive(Path("some.jsonl.xz"))
    originals = read_archive(Path("runs.jsonl.xz"))
    assert list(copies) == ["x-A-fixed", "x-A-decay"]
    assert replace(copies["x-A-fixed"], name="A-fixed") == originals["A-fixed"]
    with pytest.raises(UserError, match=r"expected a name that ends in .jsonl.xz"):
        cli.run(["archive", "x", "-o", "some.json"])


def test_no_archive(workspace: Path) -> None:
    (workspace / "x.jsonl.xz").write_bytes(lzma.compress(b"{}\n"))
    with pytest.raises(UserError, match=r"x.jsonl.xz: line 1: no run: name: is missing; make the archive again"):
        open_source(["x.jsonl.xz"])


def test_csv_to_a_file_with_notes_on_standard_error(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = str(workspace / "out/table.csv")
    cli.run(["compare", "--from", "runs.jsonl.xz", "--table", "2", "--format", "csv", "-o", table])
    assert (workspace / "out/table.csv").read_text().splitlines()[0] == (
        "group,fixed_lr_f1,fixed_lr_f1_std,fixed_lr_paper,decayed_lr_f1,decayed_lr_f1_std,decayed_lr_paper"
    )
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "Missing: E-fixed." in caught.err


def test_the_command_line(workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = "tinyner compare A-fixed B-fixed --from runs.jsonl.xz --significance A-fixed B-fixed --format markdown"
    monkeypatch.setattr("sys.argv", words.split())
    cli.main()
    printed = capsys.readouterr()
    assert "| A-fixed | A           |" in printed.out
    assert "no difference shown between A-fixed and B-fixed" in printed.out or "B-fixed beats A-fixed" in printed.out
    query = Query(["A-fixed", "B-fixed"], significance=[("A-fixed", "B-fixed")])
    assert printed.out == render.markdown(tables_of(query, open_source(["runs.jsonl.xz"])))
    assert printed.err == ""
    cli.run([*words.replace("--significance", "--proof").split()[1:]])
    by_old_name = capsys.readouterr()
    assert by_old_name.out == printed.out
    assert by_old_name.err == "tinyner: --proof is called --significance since 0.2; the old name goes with 0.3\n"
