"""A folder for BRAT: documents whose offsets fit, there whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.predict.made import counts_of, made
from tinyner.errors import UserError
from tinyner.predict.labelling import Labelled
from tinyner.predict.write_brat import BratFolder


def written(target: Path, names: list[str], *texts: Labelled) -> dict[str, str]:
    folder = BratFolder(target, names)
    for labelled in texts:
        folder.write([labelled])
    assert not target.exists() or not any(target.iterdir())
    folder.finish(counts_of(*texts))
    folder.discard()
    assert [path for path in target.parent.iterdir() if path.name.startswith(".")] == []
    return {path.name: path.read_text() for path in target.iterdir()}


KILLED = """
import os, signal, sys
from pathlib import Path
from tinyner.predict.write_brat import BratFolder
folder = BratFolder(Path(sys.argv[1]), ["a.txt"])
folder._open("a.txt")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_what_a_killed_run_left_is_gone_after_the_next(tmp_path: Path) -> None:
    target = tmp_path / "out"
    subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    assert len([*tmp_path.iterdir()]) == 2  # a hidden folder, and its lock
    assert "a.txt" in written(target, ["a.txt"], made("Rome"))
    assert [*tmp_path.iterdir()] == [target]


def spans_of(documents: dict[str, str], name: str) -> list[tuple[str, list[str], str]]:
    """The entities of a document: type, what its ranges cover, and what they are said to."""
    entities = []
    for line in documents[f"{name}.ann"].splitlines():
        if line.startswith("T"):
            _, place, said = line.split("\t")
            label, _, ranges = place.partition(" ")
            places = [tuple(map(int, part.split())) for part in ranges.split(";")]
            entities.append((label, [documents[f"{name}.txt"][start:end] for start, end in places], said))
    return entities


def test_a_document_of_plain_text_is_the_file(tmp_path: Path) -> None:
    texts = [made("Rome \U0001f600 fell.", ("Rome", "LOC", 0.9)), made("In Paris.", ("Paris", "LOC"), line=4)]
    documents = written(tmp_path / "brat", ["in/news.txt"], *texts)
    assert sorted(documents) == ["annotation.conf", "news.ann", "news.txt"]
    assert documents["news.txt"] == "Rome \U0001f600 fell.\n\n\nIn Paris.\n"
    assert spans_of(documents, "news") == [("LOC", ["Rome"], "Rome"), ("LOC", ["Paris"], "Paris")]
    assert documents["news.ann"].splitlines()[1] == "#1\tAnnotatorNotes T1\tscore 0.9000"
    assert documents["annotation.conf"].startswith("[entities]\nLOC\n\n[relations]\n")


def test_an_entity_over_two_lines_has_two_ranges(tmp_path: Path) -> None:
    text = made("Tony\n\nBlair left", ("Tony\n\nBlair", "PER NAME"), row={"id": 1})
    documents = written(tmp_path / "brat", ["a.jsonl"], text)
    assert spans_of(documents, "a") == [("PER_NAME", ["Tony", "Blair"], "Tony Blair")]


def test_a_document_for_each_file_also_for_one_without_a_text(tmp_path: Path) -> None:
    names = ["a/x.txt", "b/x.txt", "-", "empty.csv"]
    texts = [made("Rome", ("Rome", "LOC"), file=name) for name in names[:3]]
    documents = written(tmp_path / "brat", names, *texts)
    assert {name for name in documents if name.endswith(".txt")} == {"x.txt", "x_2.txt", "stdin.txt", "empty.txt"}
    assert documents["empty.txt"] == documents["empty.ann"] == ""
    assert spans_of(documents, "x_2") == [("LOC", ["Rome"], "Rome")]


def test_a_folder_with_something_in_it_stays(tmp_path: Path) -> None:
    (tmp_path / "brat").mkdir()
    assert "x.txt" in written(tmp_path / "brat", ["x.txt"], made("Rome"))
    with pytest.raises(UserError, match="is there already; name a new folder"):
        BratFolder(tmp_path / "brat", ["x.txt"])
    BratFolder(tmp_path / "other", ["x.txt"]).discard()
    assert [path.name for path in tmp_path.iterdir()] == ["brat"]


def test_types_that_brat_cannot_spell_stay_apart(tmp_path: Path) -> None:
    """BRAT would take none of these, and all of them have the same length."""
    types = ("ЛИЦО", "ГОРД", "____", "a<b>")
    documents = written(tmp_path / "brat", ["a.txt"], made("Rome " * 4, *(("Rome", label) for label in types)))
    names = [label for label, _, _ in spans_of(documents, "a")]
    assert names == ["____", "_____2", "_____3", "a_b_"]
    assert documents["annotation.conf"].splitlines()[1:5] == sorted(names)
    labels = documents["visual.conf"].splitlines()[1:5]
    assert labels == ["____ | ЛИЦО", "_____2 | ГОРД", "_____3 | ____", "a_b_ | a<b>"]
    assert "visual.conf" not in written(tmp_path / "plain", ["a.txt"], made("Rome", ("Rome", "LOC")))
