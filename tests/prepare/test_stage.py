"""The stage on a user's files: what it writes and says, and test sentences that stand in other sets."""

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.corpus_files.files import write
from tests.in_process import stage
from tinyner.files import load
from tinyner.params import read_yaml


def column_lines(*texts: str) -> str:
    """Return sentences in columns, without entities but for a person at their beginning."""
    return "\n\n".join(
        "\n".join([f"{text.split()[0]} B-PER", *(f"{word} O" for word in text.split()[1:])]) for text in texts
    )


@pytest.fixture
def project(tmp_path: Path, student: Path) -> Path:
    """A project with files of its own: three test sentences, of which train, valid and mine.csv have one each."""
    files = tmp_path / "data/own"
    files.mkdir(parents=True)
    write(files, "train.txt", column_lines("Jan left", "Piet left", "Jan stayed"))
    write(files, "valid.txt", column_lines("Jan fell", "Piet stayed"))
    write(files, "test.txt", column_lines("Jan left", "Jan fell", "Jan rose", "Rosa won"))
    write(files, "mine.csv", "text\nJan rose\nKlaas rose\n")
    settings = {
        "prepare": {
            **{"corpus": "data/own", "target": "data/own/mine.csv", "related": "none", "student": str(student)},
            **{"target_size": None, "original_size": 2, "related_size": 0},
        },
        "train": {"group": "D", "dev_size": 1},
    }
    change(tmp_path, settings)
    return tmp_path


def change(project: Path, settings: dict[str, Any]) -> None:
    path = project / "params.yaml"
    params = read_yaml((path if path.exists() else ROOT / "params.yaml").read_text())
    for section, values in settings.items():
        params[section] |= values
    path.write_text(yaml.safe_dump(params))


def ids(project: Path, name: str) -> list[str]:
    return [row["id"] for row in load(project / f"data/prepared/{name}.jsonl")]


def run(project: Path, code: int = 0) -> CompletedProcess[str]:
    done = stage(project, "prepare")
    assert done.returncode == code, done.stderr
    return done


def metrics(project: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((project / "metrics/prepare.json").read_text())
    return content


def test_test_sentences_in_train_or_in_the_llms_sentences_are_counted_and_said(project: Path) -> None:
    done = run(project)
    assert ids(project, "test") == [f"conll-test-{number:05d}" for number in range(4)]
    counts = {row["with"]: row["test_sentences"] for row in metrics(project)["overlap"]}
    original = [" ".join(row["words"]) for row in load(project / "data/prepared/original.jsonl")]
    assert counts == {
        **{"train": 1, "original": int("Jan left" in original), "target": 1},
        **{"related": 0, "valid": 1, "any": 3},
    }
    assert "test: 3 of 4 sentences stand word for word in other sets (train 1, " in done.stdout
    assert "unseen_f1" in done.stdout


def test_test_sentences_that_stand_elsewhere_are_dropped(project: Path) -> None:
    change(project, {"prepare": {"overlap": "drop", "conllpp": str(project / "data/own/test.txt")}})
    done = run(project)
    assert ids(project, "test") == ids(project, "test_conllpp") == ["conll-test-00003"]
    assert len(ids(project, "valid")) == 2
    assert metrics(project)["overlap"][-1] == {"with": "any", "test_sentences": 3}
    assert "dropped from test" in done.stdout


def test_test_sentences_that_stand_elsewhere_are_an_error(project: Path) -> None:
    change(project, {"prepare": {"overlap": "error"}})
    done = run(project, 2)
    assert done.stderr.startswith(
        "tinyner: 3 of 4 test sentences stand in train, valid or among the LLM's sentences too"
    )
    assert "conll-test-00000" in done.stderr
    assert not (project / "data/prepared").exists()


def test_nothing_is_said_where_no_sentence_stands_elsewhere(project: Path) -> None:
    write(project / "data/own", "test.txt", column_lines("Rosa won"))
    for overlap in ("warn", "drop", "error"):
        change(project, {"prepare": {"overlap": overlap}})
        assert "word for word" not in run(project).stdout
    assert metrics(project)["overlap"][-1] == {"with": "any", "test_sentences": 0}


def test_a_test_set_of_which_nothing_would_be_left_is_an_error(project: Path) -> None:
    write(project / "data/own", "test.txt", column_lines("Jan left"))
    change(project, {"prepare": {"overlap": "drop"}})
    assert "prepare.overlap: drop leaves no test sentence" in run(project, 2).stderr


def test_what_is_read_otherwise_than_it_stands_is_printed_and_kept(project: Path) -> None:
    write(project / "data/own", "test.txt", "Rosa person\nwon O\n")
    change(project, {"prepare": {"related": "data/own/news.ndjson", "related_size": None}})
    write(project / "data/own", "news.ndjson", '{"id": 1, "text": "Rosa won .", "label": [[0, 5, "PER"]]}')
    done = run(project)
    notes = [(row["file"], row["note"], row["count"]) for row in metrics(project)["notes"]]
    assert notes == [
        ("data/own/test.txt", "tags without B- and I-, whose neighbours of one type are read as an entity", 1),
        ("data/own/test.txt", "tags of type person read as PER", 1),
        ("data/own/news.ndjson", "spans trimmed of white space at their edges", 1),
    ]
    assert "data/own/test.txt: tags of type person read as PER: 1 (first: data/own/test.txt:1)" in done.stdout
    assert load(project / "data/prepared/related.jsonl") == [
        {"id": "1", "words": ["Rosa", "won", "."], "tags": ["B-PER", "O", "O"]}
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mine.csv", b"text\nHe paid 5, then left\n", "data/own/mine.csv:2: expected 1 fields"),
        ("mine.csv", "text\nMüller\n".encode("cp1252"), "data/own/mine.csv:2: expected UTF-8 text"),
        ("mine.csv", "text\nMüller\n".encode("utf-16"), "data/own/mine.csv: is UTF-16"),
        ("mine.csv", b"text\nJan\0\n", "data/own/mine.csv:2: has a NUL byte"),
        ("mine.csv", b"\x1f\x8bno gzip", "data/own/mine.csv: its gzip data are damaged"),
        ("train.txt", b"Jan O\nslaapt\n", "data/own/train.txt:2: expected 2 columns"),
        ("test.txt", b"Jan B-GPE\n", "data/own/test.txt:1: type GPE is none of the types"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(name: str, content: bytes, message: str, project: Path) -> None:
    write(project / "data/own", name, content)
    done = run(project, 2)
    assert done.stderr.startswith(f"tinyner: {message}")
    assert done.stderr.count("\n") == 1
    assert not (project / "data/prepared").exists()
