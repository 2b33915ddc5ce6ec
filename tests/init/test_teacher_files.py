"""``tinyner init --labels``: labels that are there already make an annotator, and nobody types twelve keys."""

import json
from pathlib import Path

import pytest

from tests import in_process
from tests.init.workspace import TYPES, commit_all, labelled, params_of, texts, write_csv, write_jsonl
from tinyner.errors import UserError
from tinyner.files import load, sha256_file
from tinyner.init import choices
from tinyner.init.teacher_files import teacher_files
from tinyner.params import load_params


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "crowd.jsonl", labelled(50, first=0))


def init(folder: Path, *words: str) -> str:
    done = in_process.command(folder, "init", "--git", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal(folder: Path, *words: str) -> str:
    done = in_process.command(folder, "init", "--git", *words)
    assert done.returncode == 2
    assert not (folder / "data/own/labels").exists()
    return done.stderr


def test_a_file_of_labels_is_all_that_is_needed(folder: Path, crowd: Path) -> None:
    said = init(folder, "--labels", str(crowd))
    assert "crowd: labels for 50 of 50 target sentences, from data/own/labels/crowd.jsonl; nothing is sent" in " ".join(
        said.split()
    )
    params = load_params()
    assert (params.annotate.annotator, params.annotate.asked, list(params.types)) == ("crowd", None, ["DRUG", "DOSE"])
    assert params.annotate.annotators["crowd"].label_files == ["data/own/labels/crowd.jsonl"]
    assert (folder / "data/own/labels/crowd.jsonl").read_bytes() == crowd.read_bytes()
    sentences = load(folder / params.prepare.target)
    assert [" ".join(row["words"]) for row in sentences[:1]] == ["Patient 0 was given 5 mg of aspirin yesterday ."]
    assert not any("tags" in row or "label" in row for row in sentences)  # they would be those of people
    assert "TODO" in json.dumps(params_of(folder)["annotate"]["definitions"])  # which nobody reads


def test_an_llm_votes_with_it_if_it_is_named(folder: Path, crowd: Path, tmp_path: Path) -> None:
    notes = write_csv(tmp_path / "notes.csv", texts(50))
    init(folder, "--sentences", str(notes), "--labels", str(crowd), "--types", TYPES, "--annotator", "openai")
    params = load_params()
    assert (params.annotate.names, params.annotate.asked) == (["crowd", "openai"], "openai")
    assert params.prepare.target == "data/own/notes.csv"
    assert "ROUTE" in params.types


def test_several_files_vote_and_each_has_a_name_of_its_own(folder: Path, crowd: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    others = [write_jsonl(tmp_path / name, labelled(50, first=0)) for name in ("b/crowd.jsonl", "openai.jsonl")]
    init(folder, *(word for path in (crowd, *others) for word in ("--labels", str(path))))
    params = load_params()
    assert params.annotate.names == ["crowd", "crowd-labels", "openai-labels"]
    assert params.annotate.annotators["openai"].online
    assert [path.name for path in sorted((folder / "data/own/labels").iterdir())] == [
        *("crowd-labels.jsonl", "crowd.jsonl", "openai-labels.jsonl")
    ]


def test_labels_that_cost_nothing_are_all_taken(
    folder: Path, crowd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "MOST_TARGET", 20)
    assert "files label all 50" in init(folder, "--labels", str(crowd), "--dry-run")
    assert "files label 30 of 50" in init(folder, "--labels", str(crowd), "--dry-run", "--target-size", "30")
    notes = write_csv(tmp_path / "notes.csv", texts(50))
    words = ("--sentences", str(notes), "--labels", str(crowd), "--annotator", "openai")
    assert "the LLM labels 20 of 50" in init(folder, *words, "--dry-run")


def test_gold_beside_it_scores_the_student(folder: Path, crowd: Path, tmp_path: Path) -> None:
    gold = write_jsonl(tmp_path / "gold.jsonl", labelled(40))
    init(folder, "--labels", str(crowd), "--gold", str(gold))
    params = load_params()
    assert (params.train.group, params.prepare.test_from_target) == ("D", None)
    assert (folder / "data/own/test.jsonl").is_file()


def test_a_file_in_data_own_stays_where_it_is(folder: Path, tmp_path: Path) -> None:
    own = write_jsonl(folder / "data/own/crowd.jsonl", labelled(50, first=0))
    init(folder, "--labels", "data/own/crowd.jsonl")
    params = load_params()
    assert params.annotate.annotators["crowd"].label_files == ["data/own/crowd.jsonl"]
    assert params.prepare.target == "data/own/sentences.jsonl"
    assert own.is_file()
    assert not (folder / "data/own/labels").exists()


def test_the_same_command_again_changes_nothing(folder: Path, crowd: Path) -> None:
    init(folder, "--labels", str(crowd))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}
    init(folder, "--labels", str(crowd), "--force")
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["-S", "annotate.annotator=openai"], "--labels and -S annotate.annotator say two things"),
        (["--recipe", "crossner-ai"], "--labels can't go with --recipe"),
        (["--labels", ""], "--labels is empty"),
        (["--labels", "missing.jsonl"], "--labels: missing.jsonl: no such file"),
        (["--types", "SHIP: a vessel"], "crowd.jsonl:1: type DRUG is none of "),
    ],
)
def test_what_does_not_go_with_it_is_said(words: list[str], part: str, folder: Path, crowd: Path) -> None:
    assert part in refusal(folder, "--labels", str(crowd), *words)


@pytest.mark.parametrize("name", ["train.jsonl", "test.jsonl", "dev.jsonl"])
def test_a_file_that_is_called_as_gold_is_no_teachers(name: str, folder: Path) -> None:
    write_jsonl(folder / "data/own" / name, labelled(50, first=0))
    assert "is called as a split is, whose labels are those of people" in refusal(
        folder, "--labels", f"data/own/{name}"
    )


def test_one_file_is_known_however_it_is_written(folder: Path, crowd: Path) -> None:
    both = ("--labels", str(crowd), "--sentences", "../crowd.jsonl")
    init(folder, *both)
    assert not any("label" in row or "tags" in row for row in load(folder / load_params().prepare.target))
    assert "--labels stands twice" in in_process.command(folder, "init", *both, "--labels", "../crowd.jsonl").stderr


def test_a_pin_is_no_part_of_a_name(folder: Path, crowd: Path) -> None:
    init(folder, "--labels", f"{crowd}#sha256={sha256_file(crowd)}")
    assert load_params().annotate.annotators["crowd"].label_files == ["data/own/labels/crowd.jsonl"]


def test_a_file_of_another_encoding_is_copied_wherever_it_lies(folder: Path) -> None:
    text = (folder / "data/own/crowd.csv", 'text,label\n"Ward Sörensen was given aspirin.","[[24, 31, ""DRUG""]]"\n')
    text[0].write_bytes((text[1] + "".join(f'"Note {day} says aspirin.","[]"\n' for day in range(30))).encode("cp1252"))
    init(folder, "--labels", "data/own/crowd.csv", "--encoding", "cp1252")
    (copied,) = load_params().annotate.annotators["crowd"].label_files
    assert copied == "data/own/labels/crowd.csv"
    assert "Sörensen" in (folder / copied).read_text(encoding="utf-8")
    assert text[0].read_bytes().startswith(b"text,label")


def test_a_row_without_labels_is_no_row(folder: Path, crowd: Path) -> None:
    rows = load(crowd)
    for row in rows[:3]:
        del row["label"]
    write_jsonl(crowd, rows)
    init(folder, "--labels", str(crowd))
    assert list(load_params().types) == ["DRUG", "DOSE"]


def test_labels_of_too_few_sentences_are_refused(folder: Path, crowd: Path, tmp_path: Path) -> None:
    notes = write_csv(tmp_path / "notes.csv", texts(120))
    words = ("--labels", str(crowd), "--sentences", str(notes))
    said = refusal(folder, *words)
    assert "init: 70 of 120 sentences have no labels in the files, more than clean.max_failed (0.5) allows" in said
    init(folder, *words, "-S", "clean.max_failed=0.6")


def test_an_annotator_of_the_name_of_the_file_is_refused(folder: Path, crowd: Path) -> None:
    init(folder, "--labels", str(crowd))
    done = in_process.command(folder, "init", "--git", "--labels", str(crowd), "--annotator", "crowd")
    assert "--annotator crowd is what the file of --labels is called; leave it out" in done.stderr


def test_the_labels_of_the_project_before_go(folder: Path, crowd: Path, tmp_path: Path) -> None:
    rules = write_jsonl(tmp_path / "rules.jsonl", labelled(50, first=0))
    init(folder, "--labels", str(crowd))
    commit_all(folder)
    assert "data/own/labels/crowd.jsonl" in init(folder, "--labels", str(rules), "--force")
    assert [path.name for path in (folder / "data/own/labels").iterdir()] == ["rules.jsonl"]
    assert load_params().annotate.annotator == "rules"


def test_labels_of_other_sentences_are_refused(folder: Path, crowd: Path, tmp_path: Path) -> None:
    others = write_csv(tmp_path / "others.csv", [f"Nothing of note on day {day}." for day in range(50)])
    said = refusal(folder, "--labels", str(crowd), "--sentences", str(others))
    assert "annotate.annotators.crowd.labels: none of the 50 labelled rows has the text of a target" in said


def test_a_file_that_stands_twice_is_refused() -> None:
    with pytest.raises(UserError, match=r"init: --labels stands twice, with 'a\.csv' both times"):
        teacher_files(["a.csv", "b.csv", "a.csv"], {})
