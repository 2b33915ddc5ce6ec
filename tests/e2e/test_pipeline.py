"""The real pipeline on a small real slice: real DVC, corpora and replies, the first layer of the real student."""

import functools
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tests.e2e.conftest import Copy
from tests.e2e.project import change, ran, run, run_stage, undo_changes
from tinyner.files import load, write_rows
from tinyner.params import read_yaml


@pytest.fixture(scope="module")
def project(copy: Copy) -> Path:
    """Return a project after its first ``dvc repro``, committed."""
    return copy("pipeline")


@pytest.fixture
def clean_project(project: Path) -> Iterator[Path]:
    """Give the project to a test, and undo its changes afterwards."""
    yield project
    undo_changes(project)


def test_nothing_is_left_to_do(project: Path) -> None:
    assert "Data and pipelines are up to date." in run(project, "dvc", "repro")
    assert run(project, "git", "status", "--short") == ""


def test_the_results_hang_together(project: Path) -> None:
    examples = load(project / "data/aligned/target.jsonl")
    assert len(examples) == 24
    ledger = load(project / "data/aligned/target_ledger.jsonl")
    mentions = [mention for row in load(project / "data/cleaned/target.jsonl") for mention in row["mentions"]]
    assert len(ledger) == len(mentions) > 20
    test = load(project / "data/prepared/test.jsonl")
    for seed in (1, 2):
        rows = load(project / f"predictions/seed_{seed}.jsonl")
        assert [(row["id"], len(row["tags"])) for row in rows] == [(row["id"], len(row["words"])) for row in test]
    metrics = json.loads((project / "metrics/evaluate.json").read_text())
    assert [row["seed"] for row in metrics["seeds"]] == [1, 2]
    teacher = json.loads((project / "metrics/align.json").read_text())
    assert teacher["teacher_f1"] > 0.8
    model = AutoModelForTokenClassification.from_pretrained(project / "models/student")
    assert model.config.id2label[1] == "B-LOC"
    assert AutoTokenizer.from_pretrained(project / "models/student").tokenize("Stottlemyre")


def test_a_file_that_changed_between_stages_is_refused_and_made_again(clean_project: Path) -> None:
    path = clean_project / "data/prepared/target.jsonl"
    before = path.read_bytes()
    rows = load(path)
    rows[3]["words"][0] += "x"
    path.unlink()
    write_rows(path, rows)
    output = run(clean_project, "dvc", "repro", "-s", "clean", ok=False)
    assert "tinyner: data/prepared/target.jsonl: is not what dvc.lock has of stage prepare" in output
    assert not (clean_project / "data/cleaned/target.jsonl").exists()
    run(clean_project, "dvc", "repro")
    assert path.read_bytes() == before
    assert run(clean_project, "git", "status", "--short") == ""


def test_the_same_training_by_another_name_is_not_repeated(clean_project: Path) -> None:
    change(clean_project, train__schedule__type="simple_mix")
    code, output = run_stage(clean_project, "train")
    assert code == 0
    assert "2 of 2 seeds were trained before, on the same data and schedule" in output
    assert "epochs:" not in output


def test_the_student_labels_a_file(project: Path, tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text("Germany beat France 2-1 in Berlin.\n\nTony Blair left.\n")
    rows = [json.loads(line) for line in run(project, "tinyner", "predict", str(tmp_path / "news.txt")).splitlines()]
    assert [row["text"] for row in rows] == ["Germany beat France 2-1 in Berlin.", "Tony Blair left."]
    for row in rows:
        assert all(row["text"][span["start"] : span["end"]] == span["text"] for span in row["spans"])


@pytest.mark.long
def test_an_alignment_parameter_reruns_no_annotation(clean_project: Path) -> None:
    output = run(clean_project, "dvc", "exp", "run", "-S", "align.snap=off")
    assert ran(output)[0] == "align"
    assert not {"prepare", "annotate", "clean"} & set(ran(output))


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        (["train.schedule.type=power", "train.schedule.k=8"], ["train.schedule.k: power takes n, not k"]),
        (["+train.grup=D"], ["train.grup is no known key", "did you mean group?"]),
        (["train.epochs=many"], ["train.epochs", "valid integer", "'many'"]),
        (["train.group=G"], ["train.group", "'A', 'B', 'C', 'D' or 'E'"]),
        (["train.related_size=0"], ["train.group: E needs sentences", "train.related_size"]),
        (["train.original_size=21"], ["train.original_size: 21 sentences wanted, there are 20"]),
        (["train.dev_size=21"], ["train.dev_size: 21 sentences wanted, valid has 20"]),
        (["train.max_length=1000"], ["train.max_length: 1000, but this student has 512 positions"]),
        (["train.device=cuda"], ["train.device: cuda"]),
        (["annotate.prompts.target=nope"], ["prompts/nope.txt can't be read; choices: cot, json"]),
        (["prepare.target_size=null"], ["prepare.target_size: null would leave no sentence"]),
        (["prepare.original_size=100"], ["prepare.target_size + original_size: 124 sentences wanted"]),
    ],
)
def test_a_mistake_stops_the_stage_with_one_line_and_exit_code_2(
    changes: list[str], parts: list[str], project: Path, tmp_path: Path
) -> None:
    if "cuda" in changes[0] and __import__("torch").cuda.is_available():
        pytest.skip("a machine with CUDA")
    for name in ("data", "prompts"):
        (tmp_path / name).symlink_to(project / name)
    params = read_yaml((project / "params.yaml").read_text())
    for key_and_value in changes:
        name, _, value = key_and_value.lstrip("+").partition("=")
        *sections, key = name.split(".")
        functools.reduce(dict.__getitem__, sections, params)[key] = yaml.safe_load(value)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    code, output = run_stage(tmp_path, changes[0].lstrip("+").partition(".")[0])
    assert (code, output.count("\n")) == (2, 1)
    assert output.startswith("tinyner: ")
    for part in parts:
        assert part in output


@pytest.mark.parametrize(
    "change", ["+clean.grup=D", pytest.param("annotate.prompts.target=nope", marks=pytest.mark.long)]
)
def test_dvc_prints_the_line_and_the_exit_code(change: str, clean_project: Path) -> None:
    output = run(clean_project, "dvc", "exp", "run", "-S", change, ok=False)
    (line,) = [line for line in output.splitlines() if line.startswith("tinyner: ")]
    assert change.lstrip("+").partition("=")[2 if "nope" in change else 0] in line
    assert "exited with 2" in output
    assert "Traceback" not in output


def test_an_unknown_key_is_refused_by_dvc_itself(clean_project: Path) -> None:
    output = run(clean_project, "dvc", "exp", "run", "-S", "train.grup=D", ok=False)
    assert "train.grup" in output


def test_metrics_and_plots_are_shown_without_flags(project: Path) -> None:
    table = run(project, "dvc", "metrics", "show")
    assert max(map(len, table.splitlines())) < 250
    for name in ("f1", "LOC", "paper_f1", "teacher_f1", "dev_f1"):
        assert name in table.splitlines()[0]
    run(project, "dvc", "plots", "show")
    page = (project / "dvc_plots/index.html").read_text()
    for title in (
        "Training loss",
        "Strict F1 on the dev slice",
        "the share of the distilled",
        "by type",
        "gold type against",
    ):
        assert title in page
    shutil.rmtree(project / "dvc_plots")


def test_sentences_types_and_replies_of_the_user(project: Path, tmp_path: Path) -> None:
    """Run prepare to align on another scheme, with recorded replies of the user, without a change of code."""
    folder = tmp_path / "drugs"
    folder.mkdir()
    (folder / "prompts").mkdir()
    (folder / "prompts/drugs.txt").write_text("List the drugs.\nSentence: {sentence}\n")
    labelled = '{"words": ["Take", "aspirin"], "tags": ["O", "B-DRUG"]}\n'
    for split in ("train", "valid", "test"):
        (folder / f"{split}.jsonl").write_text(labelled)
    (folder / "mine.jsonl").write_text('{"id": "n1", "text": "She took Aspirin."}\n')
    params = read_yaml((project / "params.yaml").read_text())
    params["types"] = {"DRUG": ["medicine"]}
    params["prepare"] |= {
        "corpus": ".",
        "target": "mine.jsonl",
        "related": "none",
        "student": str(project / "data/student"),
    }
    params["prepare"] |= {"target_size": None, "original_size": 1, "related_size": 0}
    params["annotate"]["prompts"] = {"target": "drugs", "related": "drugs"}
    params["train"] |= {"group": "D", "lr": 5.0e-5, "dev_size": 1}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    assert run_stage(folder, "prepare")[0] == 0
    code, output = run_stage(folder, "annotate")
    assert code == 2
    assert "1 of 1 target replies to prompts/drugs.txt" in output
    reply = {
        "id": "n1",
        "text_sha256": hashlib.sha256(b"She took Aspirin .").hexdigest(),
        "annotator": "claude",
        "prompt_sha256": hashlib.sha256((folder / "prompts/drugs.txt").read_bytes()).hexdigest(),
        "reply": 'Result: {"medicines": ["aspirin"]}',
    }
    (folder / "data/recorded").mkdir(parents=True)
    (folder / "data/recorded/mine.jsonl").write_text(json.dumps(reply) + "\n")
    for stage in ("annotate", "clean", "align"):
        assert run_stage(folder, stage)[0] == 0
    example = load(folder / "data/aligned/target.jsonl")[0]
    assert (example["words"], example["tags"]) == (["She", "took", "Aspirin", "."], ["O", "O", "B-DRUG", "O"])


@pytest.mark.long
def test_files_that_dvc_was_killed_in_have_the_cures_that_the_page_names(clean_project: Path) -> None:
    """docs/reliability.md: DVC writes its rwlock and dvc.lock in place."""
    rwlock = clean_project / ".dvc/tmp/rwlock"
    rwlock.write_text('{"data/prep')
    assert "rwlock" in run(clean_project, "dvc", "repro", ok=False)
    rwlock.unlink()
    lock = clean_project / "dvc.lock"
    whole = lock.read_bytes()
    lock.write_bytes(whole[: len(whole) // 2])
    assert "dvc.lock" in run(clean_project, "dvc", "repro", ok=False)
    run(clean_project, "git", "checkout", "-q", "dvc.lock")
    assert "Data and pipelines are up to date." in run(clean_project, "dvc", "repro")
