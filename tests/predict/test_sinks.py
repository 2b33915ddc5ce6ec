"""Several outputs of a run at once, each by its format; what can't go together is said before the work."""

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.in_process import command
from tinyner.errors import UserError
from tinyner.predict.label_files import label_files
from tinyner.predict.sinks import Outputs


def run(folder: Path, model: Path, *words: str) -> str:
    done = command(folder, "predict", *words, "-m", str(model), "--threads", "1")
    assert done.returncode == 0
    assert re.fullmatch(r"(tinyner: \S+: [12] texts?, .*\n)?", done.stderr)
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in.txt").write_text("Tony Blair left.\n\nRome\n")
    (tmp_path / "rows.csv").write_text("id,note\n7,Angela Merkel\n")
    return tmp_path


def test_each_format_from_a_command(names: Path, folder: Path) -> None:
    assert run(folder, names, "in.txt", "--format", "conll").startswith("Tony\t0.")
    assert re.match(r"1  \[Tony Blair PER \.\d\d\] left\.\n3  ", run(folder, names, "in.txt", "--format", "view"))
    assert run(folder, names, "in.txt", "--format", "brat", "-o", "brat") == ""
    assert run(folder, names, "in.txt", "--format", "jsonl", "-o", "-").startswith('{"line": 1')
    assert not (folder / "-").exists()
    assert (folder / "brat/in.txt").read_bytes() == (folder / "in.txt").read_bytes()
    assert (folder / "brat/in.ann").read_text().startswith("T1\tPER 0 10\tTony Blair\n")


def test_a_page_besides_rows(names: Path, folder: Path) -> None:
    printed = run(folder, names, "in.txt", "--html", "page.html")
    assert [row["text"] for row in map(json.loads, printed.splitlines())] == ["Tony Blair left.", "Rome"]
    assert "<mark" in (folder / "page.html").read_text()
    run(folder, names, "rows.csv", "--column", "note", "-o", "out.jsonl.gz", "--html", "page.html")
    (row,) = map(json.loads, gzip.decompress((folder / "out.jsonl.gz").read_bytes()).splitlines())
    assert (row["id"], row["text"], row["spans"][0]["text"]) == ("7", "Angela Merkel", "Angela Merkel")


def test_an_input_without_a_text_makes_a_whole_file(names: Path, folder: Path) -> None:
    (folder / "empty.txt").write_text("\n")
    words = ("predict", "empty.txt", "-o", "out.csv", "--html", "page.html", "-m", str(names), "--threads", "1")
    done = command(folder, *words)
    assert (done.returncode, done.stderr) == (0, "tinyner: empty.txt has no text, so there is nothing to label\n")
    assert (folder / "out.csv").read_text() == "file,line,id,start,end,label,entity,score\n"
    assert "0 texts" in (folder / "page.html").read_text()


def test_what_can_not_go_together_is_said(names: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for files, outputs, message in (
        (["in.txt"], Outputs(Path("x.html"), None, Path("x.html")), "--html x.html: is the file of -o as well"),
        (["in.txt"], Outputs(None, None, Path()), "--html .: is a folder"),
        (["in.txt", "rows.csv"], Outputs(Path("rows.csv")), "rows.csv: is one of the files that are read"),
        (["in.txt"], Outputs(Path("./in.txt")), "in.txt: is one of the files that are read"),
        (["in.txt"], Outputs(None, None, Path("in.txt")), "in.txt: is one of the files that are read"),
        (["in.txt"], Outputs(folder, "brat"), "is there already; name a new folder"),
    ):
        with pytest.raises(UserError, match=re.escape(message)):
            label_files(files, names, outputs)
    assert sorted(path.name for path in folder.iterdir()) == ["in.txt", "rows.csv"]
