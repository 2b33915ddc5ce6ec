"""Files by names and patterns, one behind the other."""

import os
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.predict.inputs import Inputs, paths_of
from tinyner.predict.texts import Skipped


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "a.txt", "c/d.txt", "[1].txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{name}\n")
    (tmp_path / "rows.csv").write_text("text\nRome\nParis\n")
    return tmp_path


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["b.txt", "a.txt"], ["b.txt", "a.txt"]),
        (["?.txt"], ["a.txt", "b.txt"]),
        (["b.txt", "*.txt", "-", "b.txt"], ["b.txt", "[1].txt", "a.txt", "-"]),
        (["**/*.txt"], ["[1].txt", "a.txt", "b.txt", "c/d.txt"]),
        (["[1].txt"], ["[1].txt"]),
        (["c/*"], ["c/d.txt"]),
        (["*"], ["[1].txt", "a.txt", "b.txt", "rows.csv"]),
    ],
)
def test_names_and_patterns(names: list[str], expected: list[str], folder: Path) -> None:
    assert list(map(str, paths_of(names))) == expected
    assert [str(path) for path in paths_of([folder / name for name in expected if name != "-"])] == [
        str(folder / name) for name in expected if name != "-"
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.txt", r"none\.txt: no such file; expected plain text .*standard input"),
        ("*.md", r"\*\.md: no file has such a name; expected plain text"),
        ("c", r"c: is a folder; .*for a folder say 'c/\*'; with -o FOLDER/ each file becomes one"),
    ],
)
def test_what_is_not_there_is_named(name: str, message: str, folder: Path) -> None:
    with pytest.raises(UserError, match=message):
        paths_of([name])


def test_texts_of_several_files_say_which(folder: Path) -> None:
    inputs = Inputs(paths_of(["a.txt", "rows.csv"]))
    inputs.check()
    assert not inputs.is_at_end
    assert [(text.file, text.line, text.text) for text in inputs.texts()] == [
        ("a.txt", 1, "a.txt"),
        ("rows.csv", 2, "Rome"),
        ("rows.csv", 3, "Paris"),
    ]
    assert (inputs.is_at_end, inputs.share()) == (True, 1.0)
    assert [text.file for text in Inputs(paths_of(["a.txt"])).texts()] == [""]


def test_the_last_line_is_checked_before_the_first_text(folder: Path) -> None:
    (folder / "bad.jsonl").write_text("[]\n")
    with pytest.raises(UserError, match=r"bad\.jsonl:1: expected text"):
        Inputs(paths_of(["a.txt", "bad.jsonl"])).check()
    skipped = Skipped()
    inputs = Inputs(paths_of(["a.txt", "bad.jsonl"]), None, skipped)
    inputs.check()
    assert (len(list(inputs.texts())), skipped.count) == (1, 1)


def test_the_share_grows_with_what_is_read(folder: Path) -> None:
    for name in ("x.txt", "y.txt"):
        (folder / name).write_text("Rome\n" * 20_000)
    inputs = Inputs(paths_of(["x.txt", "y.txt"]))
    assert inputs.can_be_read_again
    shares = [inputs.share() or 0.0 for _ in inputs.texts()]
    assert shares == sorted(shares)
    assert (0 < shares[0] < 0.4, 0.5 <= shares[20_000] < 0.9, shares[-1]) == (True, True, 1.0)


def test_a_pipe_is_read_once(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    descriptor = os.open(folder / "pipe", os.O_RDWR)  # keeps it open, so that nobody waits
    os.write(descriptor, b"Rome\n" * 300)
    inputs = Inputs(paths_of(["pipe"]))
    assert not inputs.can_be_read_again
    inputs.check()
    texts = inputs.texts()
    assert (next(texts).text, inputs.share()) == ("Rome", None)
    os.close(descriptor)
    assert len(list(texts)) == 299


def test_what_is_said_of_a_file_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("id,note\n7,Rome fell.\n")
    inputs = Inputs([tmp_path / "a.csv"])
    inputs.check()
    assert [text.text for text in inputs.texts()] == ["Rome fell."]
    assert capsys.readouterr().err == f"tinyner: {tmp_path}/a.csv: the texts are in column note\n"
