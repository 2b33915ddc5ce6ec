"""Comparing runs of archives: no repository, no DVC."""

import csv
import lzma
from dataclasses import replace
from pathlib import Path

import pytest

from tinyner import cli
from tinyner.commands.compare import drawn
from tinyner.compare.selection import Wanted, tables_of
from tinyner.errors import UserError
from tinyner.evaluate import __main__ as evaluate
from tinyner.files import write_rows
from tinyner.params import Params, load_params
from tinyner.rows import Sentence
from tinyner.runs.archive import read_archive, write_archive
from tinyner.runs.lookup import open_source
from tinyner.runs.run import Details, Run, digest_of
from tinyner.scores import strict
from tinyner.study.plans import curve, named, table2

from ..conftest import ROOT

TEST: list[Sentence] = [
    {"id": f"t{number}", "words": ["Ann", "Lee", "sings"], "tags": ["B-PER", "I-PER", "O"]} for number in range(40)
]
GOLD = [row["tags"] for row in TEST]


def made(name: str, params: Params, right: int) -> Run:
    """A run that has the first ``right`` (second seed: one more) sentences right, and nothing on the others."""
    predictions = {
        seed: [tags if number < right + seed - 1 else ["O", "O", "O"] for number, tags in enumerate(GOLD)]
        for seed in (1, 2)
    }
    scores = {seed: strict(GOLD, predicted, list(params.types)) for seed, predicted in predictions.items()}
    metrics = {"evaluate": {"summary": evaluate.summary(list(scores.values())), "seeds": [{"seed": 1}, {"seed": 2}]}}
    return Run(name, params.model_dump(mode="json"), metrics, lambda: Details([], predictions, digest_of(TEST)))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is no repository, with an archive of Table 2 but E-fixed, and the test sentences."""
    runs = [
        made(name, load_params(ROOT / "params.yaml", changes), 10 + number)
        for number, (name, changes) in enumerate(table2().items())
        if name != "E-fixed"
    ]
    write_archive(tmp_path / "runs.jsonl.xz", runs)
    write_rows(tmp_path / "data/prepared/test.jsonl", TEST)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def test_a_table_of_an_archive_names_what_is_missing(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["compare", "--from", "runs.jsonl.xz", "--table", "2"])
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "Table 2: micro F1 on test by group, mean ± std over 2 seeds"
    assert next(line.split() for line in shown.splitlines() if line.startswith(" A")) == [
        *("A", "0.416", "±", "0.022", "0.850", "0.558", "±", "0.018", "0.849"),
    ]
    assert "Missing: E-fixed. `tinyner study table2` makes what is missing, or one by one:" in shown
    assert (
        "    dvc exp run -n E-fixed -S train.group=E -S train.schedule.type=group -S train.schedule.k=null "
        "-S train.schedule.n=null -S train.lr_decay=1.0\n"
    ) in shown


def test_what_is_missing_is_made_with_the_settings_of_what_is_here(workspace: Path) -> None:
    params = (ROOT / "params.yaml").read_text()
    (workspace / "params.yaml").write_text(params)
    own: dict[str, object] = {"train.seeds": [1, 2, 3], "train.epochs": 20, "align.snap": "word"}
    runs = [
        made(f"five-{name}", load_params(ROOT / "params.yaml", {**changes, **own}), 10)
        for name, changes in table2().items()
        if name != "E-fixed"
    ]
    write_archive(workspace / "five.jsonl.xz", runs)
    notes = tables_of(Wanted([], table="2", prefix="five-"), open_source(["five.jsonl.xz"]))[0].notes
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
    note = tables_of(Wanted([], table="2", prefix="five-"), open_source(["few.jsonl.xz"]))[0].notes[-2]
    assert f"`{study} --dry-run` prints the commands." in note


def test_archives_with_the_same_names_are_told_apart_by_a_prefix(workspace: Path) -> None:
    with pytest.raises(UserError, match=r"--from runs.jsonl.xz: A-fixed is in runs.jsonl.xz as well"):
        open_source(["runs.jsonl.xz", "runs.jsonl.xz"])
    source = open_source(["runs.jsonl.xz", "weak-=runs.jsonl.xz"])
    plain, weak = tables_of(Wanted([], table="2"), source), tables_of(Wanted([], table="2", prefix="weak-"), source)
    assert plain[0].rows == weak[0].rows
    assert "Missing: weak-E-fixed. `tinyner study table2 --prefix weak-` makes" in weak[0].notes[1]
    assert source.find("weak-A-decay").name == "weak-A-decay"


def test_a_name_that_is_not_there_offers_the_nearest(workspace: Path) -> None:
    with pytest.raises(UserError, match=r"A-fixd: no experiment, branch, tag or commit here.* did you mean A-fixed or"):
        tables_of(Wanted(["A-fixd"]), open_source(["runs.jsonl.xz"]))


def test_without_repository_and_archive(workspace: Path) -> None:
    with pytest.raises(UserError, match=r"no DVC repository here; run this in one, or read an archive: --from FILE"):
        tables_of(Wanted(["main"]), open_source())


def test_proof_of_one_pair(workspace: Path) -> None:
    made_ = tables_of(Wanted([], proofs=[("D-decay", "A-fixed")]), open_source(["runs.jsonl.xz"]))
    assert [row[0] for row in made_[0].rows] == ["D-decay", "A-fixed"]
    (sentence,) = made_[-1].notes
    assert sentence.startswith("D-decay beats A-fixed by 21.7 ± 0.6 F1 (95 % CI ")
    assert sentence.endswith(", 2 seeds).")
    assert "Holm" not in sentence


def test_proofs_of_several_pairs_are_a_family(workspace: Path) -> None:
    source = open_source(["runs.jsonl.xz"])
    told = tables_of(Wanted([], proofs=[("D-decay", "A-fixed"), ("B-fixed", "A-fixed")]), source)[-1]
    assert all("after Holm over 2" in note for note in told.notes)
    assert told.rows[0][7] == pytest.approx(2 * float(str(told.rows[0][6])))
    told = tables_of(Wanted(["B-fixed", "C-fixed"], against="A-fixed"), source)[-1]
    assert [row[:2] for row in told.rows] == [("B-fixed", "A-fixed"), ("C-fixed", "A-fixed")]
    told = tables_of(Wanted(["A-fixed", "B-fixed", "C-fixed"], pairs=True), source)[-1]
    assert len(told.rows) == 3


def test_a_pair_that_is_named_again_is_one_comparison(workspace: Path) -> None:
    source = open_source(["runs.jsonl.xz"])
    twice = [("D-decay", "A-fixed"), ("B-fixed", "A-fixed"), ("A-fixed", "D-decay"), ("B-fixed", "A-fixed")]
    told = tables_of(Wanted([], proofs=twice), source)[-1]
    assert told == tables_of(Wanted([], proofs=twice[:2]), source)[-1]
    alone = tables_of(Wanted([], proofs=twice[:1] * 2), source)[-1]
    assert "Holm" not in alone.notes[0]
    with pytest.raises(UserError, match=r"--proof A-fixed A-fixed: a run is compared with others, not with itself"):
        tables_of(Wanted([], proofs=[("A-fixed", "A-fixed")]), source)


def test_p_by_sentences_stands_in_the_table_of_several(workspace: Path) -> None:
    source = open_source(["runs.jsonl.xz"])
    parts, single = tables_of(Wanted([], proofs=[("D-decay", "A-fixed")]), source)[1:]
    several = tables_of(Wanted([], proofs=[("D-decay", "A-fixed"), ("B-fixed", "A-fixed")]), source)[-1]
    assert [column.header for column in several.columns[6:9]] == ["p", "p, Holm", "p, sentences"]
    by_sentence = next(row[5] for row in parts.rows if row[0] == "test sentences")
    assert several.rows[0][8] == single.rows[0][8] == by_sentence


def test_precision_and_p_are_different_fields_of_csv(workspace: Path) -> None:
    made_ = tables_of(Wanted([], proofs=[("D-decay", "A-fixed")]), open_source(["runs.jsonl.xz"]))
    rows = list(csv.DictReader(drawn(made_, "csv").splitlines()))
    assert [float(row["p"]) for row in rows if row["p"]] == [1.0, 1.0]
    assert [row["p_value"] != "" for row in rows] == [False, False, True, True, True, True]
    assert {"p_holm", "p_sentences"} < rows[0].keys()


def test_a_study_of_ones_own_has_a_curve_and_a_proof(workspace: Path) -> None:
    """results/equal-steps.yaml: group A with as many steps whatever the size, beside the learning curve's E-50."""
    study = str(ROOT / "results/equal-steps.yaml")
    planned = {**named(study), "E-50": curve()["E-50"]}
    runs = [
        made(name, load_params(ROOT / "params.yaml", changes), 10 + number)
        for number, (name, changes) in enumerate(planned.items())
    ]
    write_archive(Path("steps.jsonl.xz"), runs)
    source = open_source(["steps.jsonl.xz"])
    (table,) = tables_of(Wanted([], ["steps.jsonl.xz"], table="curve", study=study), source)
    assert [column.header for column in table.columns] == ["original sentences", "group A"]
    assert [row[0] for row in table.rows] == [50, 100, 200, 500]
    assert table.notes == ("Not all alike in what the table doesn't show: train.epochs (80, 40, 20, 8).",)
    told = tables_of(Wanted([], ["steps.jsonl.xz"], proofs=[("E-50", "A-50-steps")]), source)[-1]
    assert told.rows[0][:2] == ("E-50", "A-50-steps")
    (table,) = tables_of(Wanted(["A-50-steps", "E-50"], ["steps.jsonl.xz"], table="curve"), source)
    assert [row[0] for row in table.rows] == [50]
    assert all(table.rows[0])


def test_every_row_of_a_table_against_one(workspace: Path) -> None:
    told = tables_of(Wanted([], table="2", against="A-fixed"), open_source(["runs.jsonl.xz"]))[-1]
    assert len(told.rows) == 8


def test_runs_of_versions_with_other_keys_are_compared_and_proved(workspace: Path) -> None:
    now = read_archive(Path("runs.jsonl.xz"))["A-fixed"]
    train = {key: value for key, value in now.sections["train"].items() if key != "vote_weights"} | {"forgotten": 1}
    write_archive(Path("older.jsonl.xz"), [replace(now, name="older", sections={**now.sections, "train": train})])
    source = open_source(["runs.jsonl.xz", "older.jsonl.xz"])
    rows, _, proof = tables_of(Wanted(["A-fixed", "older"], proofs=[("A-fixed", "older")]), source)
    assert [column.header for column in rows.columns[:3]] == ["run", "train.forgotten", "train.vote_weights"]
    assert proof.notes[0].startswith("no difference shown between A-fixed and older: 0.0 ± 0.0 F1")


def test_a_single_proof_says_what_is_due_to_seeds_and_to_sentences(workspace: Path) -> None:
    parts, whole = tables_of(Wanted([], proofs=[("D-decay", "A-fixed")]), open_source(["runs.jsonl.xz"]))[1:]
    assert parts.title == "D-decay less A-fixed: 2 seeds, 40 sentences, 95 % CI"
    assert [row[0] for row in parts.rows] == ["seeds", "test sentences", "both"]
    assert {row[1] for row in parts.rows} == {whole.rows[0][2]}
    assert parts.rows[2][3:5] == whole.rows[0][4:6]
    seeds, sentences, both = (float(str(row[2])) for row in parts.rows)
    assert both == pytest.approx((seeds**2 + sentences**2) ** 0.5)


def test_a_small_p_is_not_told_as_nothing(workspace: Path) -> None:
    name = "strong"
    strong = made(name, load_params(ROOT / "params.yaml"), 38)
    details = replace(strong.details, predictions={1: strong.predictions[1]})  # two seeds would leave p larger
    write_archive(Path("strong.jsonl.xz"), [replace(strong, read_details=lambda: details)])
    told = tables_of(Wanted([], proofs=[("strong", "A-fixed")]), open_source(["runs.jsonl.xz", "strong.jsonl.xz"]))
    assert 0 < float(str(told[-1].rows[0][6])) < 0.001
    lines = [line.split() for line in drawn(told, "text").splitlines() if line.startswith(" strong   A-fixed")]
    assert [line[6] for line in lines] == ["<0.001"]
    assert " $<$0.001 " in drawn(told, "latex")


def test_a_proof_of_one_type(workspace: Path) -> None:
    source = open_source(["runs.jsonl.xz"])
    told = tables_of(Wanted([], proofs=[("D-decay", "A-fixed")], label="PER"), source)[-1]
    assert "D-decay beats A-fixed by 21.7 ± 0.6 F1 on PER (95 % CI " in told.notes[0]
    assert told.columns[2].name == "PER F1 x 100"
    with pytest.raises(UserError, match=r"--type ORG: no such entity in data/prepared/test.jsonl; there are PER"):
        tables_of(Wanted([], proofs=[("D-decay", "A-fixed")], label="ORG"), source)
    with pytest.raises(UserError, match=r"--type PER: goes with --proof, --against or --pairs"):
        tables_of(Wanted(["A-fixed"], label="PER"), source)


def test_the_weight_curves(workspace: Path) -> None:
    source = open_source(["runs.jsonl.xz"])
    (table,) = tables_of(Wanted([], ["runs.jsonl.xz"], figure="3"), source)
    assert table.title.endswith("T = 4")
    (table,) = tables_of(Wanted([], figure="3", epochs=3), source)
    assert len(table.rows) == 17
    rows = {row[0]: row[1:] for row in table.rows}
    assert [column.header for column in table.columns] == ["schedule", "epoch 1", "epoch 2", "epoch 3"]
    assert rows["pure_distilled"] == rows["all"] == (1.0, 1.0, 1.0)
    assert rows["simple_mix"] == (1.0, 1.0, 0.0)
    assert rows["cosine"] == rows["power-1"] == pytest.approx((1.0, 0.5, 0.0))
    assert rows["power-2"] == (1.0, 0.75, 0.0)
    assert rows["sigmoid-8"] == pytest.approx((0.9820, 0.5, 0.0180), abs=1e-4)
    with pytest.raises(UserError, match=r"--epochs 0: goes with --figure 3, and is at least 1"):
        tables_of(Wanted([], figure="3", epochs=0), source)
    with pytest.raises(UserError, match=r"give --figure or --table 2, not both"):
        tables_of(Wanted([], table="2", figure="3"), source)


def test_other_test_sentences(workspace: Path) -> None:
    write_rows(workspace / "data/prepared/test.jsonl", TEST[:-1])
    wanted = Wanted([], proofs=[("D-decay", "A-fixed")])
    with pytest.raises(UserError, match=r"D-decay: its predictions are of other test sentences .* `dvc repro prepare`"):
        tables_of(wanted, open_source(["runs.jsonl.xz"]))
    (workspace / "data/prepared/test.jsonl").unlink()
    with pytest.raises(UserError, match=r"test.jsonl: not there, .* run `dvc repro prepare`"):
        tables_of(wanted, open_source(["runs.jsonl.xz"]))


def test_csv_to_a_file_with_notes_on_standard_error(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = str(workspace / "out/table.csv")
    cli.run(["compare", "--from", "runs.jsonl.xz", "--table", "2", "--format", "csv", "-o", table])
    assert (workspace / "out/table.csv").read_text().splitlines()[0] == (
        "group,fixed_lr_f1,fixed_lr_f1_std,fixed_lr_paper,decayed_lr_f1,decayed_lr_f1_std,decayed_lr_paper"
    )
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "Missing: E-fixed." in caught.err


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted(["x"], table="2"), "--table 2 takes the experiments of `tinyner study table2` by their names"),
        (
            Wanted([], table="3"),
            "none of the experiments of table3 is in runs.jsonl.xz; make them: `tinyner study table3`",
        ),
        (
            Wanted([], table="curve", prefix="y-"),
            "none of the experiments of curve is in runs.jsonl.xz; make them: `tinyner study curve --prefix y-`",
        ),
        (Wanted(["x"], study="table2"), "give names or --study, not both"),
    ],
)
def test_what_can_not_be(wanted: Wanted, message: str, workspace: Path) -> None:
    with pytest.raises(UserError) as caught:
        tables_of(wanted, open_source(["runs.jsonl.xz"]))
    assert message in str(caught.value)


def test_a_proof_of_damaged_predictions_says_so(workspace: Path) -> None:
    """All seeds alike too few, so that the archive itself is sound."""
    now = read_archive(Path("runs.jsonl.xz"))["A-fixed"]
    predictions = {seed: tags[:-1] for seed, tags in now.predictions.items()}
    details = replace(now.details, predictions=predictions)
    short = replace(now, name="short", read_details=lambda: details)
    write_archive(Path("short.jsonl.xz"), [short])
    wanted = Wanted([], proofs=[("short", "A-fixed")])
    with pytest.raises(UserError, match=r"short: gold and predicted tags differ in shape; they are damaged: make the"):
        tables_of(wanted, open_source(["runs.jsonl.xz", "short.jsonl.xz"]))


@pytest.mark.parametrize("table", [None, "1"])
def test_no_run_of_that_prefix(table: str | None, workspace: Path) -> None:
    wanted = Wanted([], ["runs.jsonl.xz"], table, prefix="no-")
    with pytest.raises(UserError) as caught:
        tables_of(wanted, open_source(wanted.archives))
    told = "--prefix no-: no name in runs.jsonl.xz begins so; there are A-fixed, B-fixed, C-fixed, ..."
    assert str(caught.value) == told
    with pytest.raises(UserError, match=r"--prefix no-: no name in runs.jsonl.xz begins so"):
        cli.run(["archive", "--from", "runs.jsonl.xz", "--prefix", "no-", "-o", "x.jsonl.xz"])


def test_an_archive_of_no_runs(workspace: Path) -> None:
    write_archive(Path("none.jsonl.xz"), [])
    with pytest.raises(UserError, match=r"none.jsonl.xz: no run in it"):
        tables_of(Wanted([]), open_source(["none.jsonl.xz"]))


def test_an_archive_of_archives(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["archive", "--from", "x-=runs.jsonl.xz", "--prefix", "x-A", "-o", "some.jsonl.xz"])
    assert capsys.readouterr().out.startswith("some.jsonl.xz: 2 runs, ")
    ours = read_archive(Path("some.jsonl.xz"))
    theirs = read_archive(Path("runs.jsonl.xz"))
    assert list(ours) == ["x-A-fixed", "x-A-decay"]
    assert replace(ours["x-A-fixed"], name="A-fixed") == theirs["A-fixed"]
    with pytest.raises(UserError, match=r"expected a name that ends in .jsonl.xz"):
        cli.run(["archive", "x", "-o", "some.json"])


def test_the_command_line(workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = "tinyner compare A-fixed B-fixed --from runs.jsonl.xz --proof A-fixed B-fixed --format markdown"
    monkeypatch.setattr("sys.argv", words.split())
    cli.main()
    shown = capsys.readouterr().out
    assert "| A-fixed | A           |" in shown
    assert "no difference shown between A-fixed and B-fixed" in shown or "B-fixed beats A-fixed" in shown
    wanted = Wanted(["A-fixed", "B-fixed"], proofs=[("A-fixed", "B-fixed")])
    assert shown == drawn(tables_of(wanted, open_source(["runs.jsonl.xz"])), "markdown")


def test_no_archive(workspace: Path) -> None:
    (workspace / "x.jsonl.xz").write_bytes(lzma.compress(b"{}\n"))
    with pytest.raises(UserError, match=r"x.jsonl.xz: line 1: no run: name: is missing; make the archive again"):
        open_source(["x.jsonl.xz"])
