"""Which commands make the experiments of a study that are missing."""

from pathlib import Path

from tests.compare.made_runs import predicting_run
from tests.conftest import ROOT
from tinyner.compare.query import Query, tables_of
from tinyner.params import load_params
from tinyner.runs.archive import write_archive
from tinyner.runs.lookup import open_source
from tinyner.study.plans import table2, table3


def test_what_is_missing_is_made_with_the_settings_of_what_is_there(workspace: Path) -> None:
    (workspace / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    settings: dict[str, object] = {"train.seeds": [1, 2, 3], "train.epochs": 20, "align.snap": "word"}
    runs = [
        predicting_run(f"five-{name}", load_params(ROOT / "params.yaml", {**changes, **settings}), 10)
        for name, changes in table2().items()
        if name != "E-fixed"
    ]
    write_archive(workspace / "five.jsonl.xz", runs)
    notes = tables_of(Query(table="2", prefix="five-"), open_source(["five.jsonl.xz"]))[0].notes
    study = "tinyner study table2 -S 'train.seeds=[1,2,3]' -S train.epochs=20 --prefix five-"
    assert notes[-3] == f"Missing: five-E-fixed. `{study}` makes what is missing, or one by one:"
    assert notes[-2] == (
        "    dvc exp run -n five-E-fixed -S train.group=E -S train.schedule.type=group -S train.schedule.k=null "
        "-S train.schedule.n=null -S train.lr_decay=1.0 -S 'train.seeds=[1,2,3]' -S train.epochs=20"
    )
    assert (
        notes[-1] == "Those that are here have other values than params.yaml: align.snap word; set these in it first."
    )
    write_archive(workspace / "few.jsonl.xz", runs[:3])
    note = tables_of(Query(table="2", prefix="five-"), open_source(["few.jsonl.xz"]))[0].notes[-2]
    assert f"`{study} --dry-run` prints the commands." in note


def test_schedules_on_the_data_of_group_d_are_made_on_them(workspace: Path) -> None:
    (workspace / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    planned = table3("D")
    del planned["all-fixed"], planned["all-decay"]
    runs = [predicting_run(name, load_params(ROOT / "params.yaml", changes), 10) for name, changes in planned.items()]
    write_archive(workspace / "d.jsonl.xz", runs)
    notes = tables_of(Query(table="3"), open_source(["d.jsonl.xz"]))[-1].notes
    assert "Missing: all-fixed, all-decay. `tinyner study table3 -S train.group=D` makes what is missing, " in notes[-3]
    assert all(" -S train.group=D" in note for note in notes[-2:])
    # Also where that is the group of params.yaml: the study's own is E.
    text = (ROOT / "params.yaml").read_text()
    (workspace / "params.yaml").write_text(text.replace("  group: E #", "  group: D #"))
    assert notes == tables_of(Query(table="3"), open_source(["d.jsonl.xz"]))[-1].notes


def test_what_the_base_of_a_study_says_is_not_said_again(workspace: Path) -> None:
    (workspace / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    (workspace / "mine.yaml").write_text(
        "base: {train.epochs: 2, train.lr: 1e-3}\nexperiments: {a: {train.group: A}, b: {train.group: B}}\n"
    )
    changes = {"train.epochs": 2, "train.lr": 1e-4, "train.group": "A"}
    write_archive(workspace / "a.jsonl.xz", [predicting_run("a", load_params(ROOT / "params.yaml", changes), 10)])
    notes = tables_of(Query(study="mine.yaml"), open_source(["a.jsonl.xz"]))[-1].notes
    assert "`tinyner study mine.yaml -S train.lr=0.0001` makes what is missing" in notes[-2]
