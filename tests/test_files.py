import ast
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.errors import UserError
from tinyner.files import (
    atomic,
    check_output,
    load,
    open_binary,
    output,
    read_at,
    read_lines,
    read_rows,
    write_csv,
    write_rows,
)


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    rows = [{"id": "a", "words": ["Zürich", "\u2028", "x"]}, {"id": "b", "words": []}]
    write_rows(tmp_path / "rows.jsonl", rows)
    assert load(tmp_path / "rows.jsonl") == rows


def test_no_rows_are_a_file_that_is_not_empty(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", [])
    assert load(tmp_path / "rows.jsonl") == []
    assert (tmp_path / "rows.jsonl").read_bytes() == b"\n"


def test_an_interrupted_write_leaves_the_old_file_whole_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def interrupted() -> None:
        with atomic(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("folder", "is a folder; name a file in it"),
        ("pipe", "is no regular file; name another"),
        ("file/x.json", "can't be written: Not a directory; name another file"),
        ("file/new/x.json", "can't be written: Not a directory; name another file"),
        ("x" * 300, "can't be written: File name too long; name another file"),
        ("new/x.json", None),
        ("x.json", None),
        ("file", None),
    ],
)
def test_a_place_that_can_t_be_written_is_known_before_the_work(name: str, message: str | None, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    os.mkfifo(tmp_path / "pipe")
    path = tmp_path / name
    if message is None:
        check_output(path)
        assert sorted(inner.name for inner in tmp_path.iterdir()) == ["file", "folder", "pipe"]
        assert (tmp_path / "file").read_text() == "old"
        with output(path) as file:
            file.write(b"new")
        assert path.read_text() == "new"
        return
    with pytest.raises(UserError) as before:
        check_output(path)
    with pytest.raises(UserError), output(path):
        pass
    assert str(before.value) == f"-o {path}: {message}"


def test_standard_output_needs_no_check() -> None:
    check_output(None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"id": 1}\n\n{"id": \n', r"rows.jsonl:3: expected a JSON object"),
        (b"[1]\n", r"rows.jsonl:1: expected a JSON object, found a list"),
        (b'{"id": 1}\n{"id": "\xff"}\n', r"rows.jsonl:2: expected UTF-8 text, found the byte 0xff"),
    ],
)
def test_a_broken_row_is_named_by_file_and_line(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        list(read_rows(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.jsonl: can't be read"):
        load(tmp_path / "none.jsonl")


def test_a_byte_order_mark_is_no_character_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbfEU\n")
    assert list(read_lines(tmp_path / "file")) == ["EU", ""]


def test_an_unknown_number_is_an_empty_field(tmp_path: Path) -> None:
    write_csv(tmp_path / "file.csv", ("epoch", "dev_f1"), [(1, None), (2, 0.5)])
    assert (tmp_path / "file.csv").read_text() == "epoch,dev_f1\n1,\n2,0.5\n"


def test_no_descriptor_is_one_of_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows changes line ends behind a descriptor that was opened without O_BINARY."""
    flags: list[int] = []
    open_file = os.open

    def recorded(path: Path, these: int, mode: int) -> int:
        flags.append(these)
        return open_file(path, these & ~0x8000, mode)

    monkeypatch.setattr(os, "O_BINARY", 0x8000, raising=False)
    monkeypatch.setattr(os, "open", recorded)
    os.close(open_binary(tmp_path / "new", os.O_WRONLY | os.O_CREAT))
    assert flags == [os.O_WRONLY | os.O_CREAT | 0x8000]
    calls = {
        path.name
        for path in Path("src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.open"
    }
    assert calls == {"files.py", "errors.py"}  # errors.py opens the null device


@pytest.mark.parametrize("has_pread", [True, False])
@given(content=st.binary(max_size=40), length=st.integers(0, 50), offset=st.integers(0, 50))
def test_bytes_at_a_place_with_and_without_pread(content: bytes, length: int, offset: int, has_pread: bool) -> None:
    with tempfile.TemporaryFile() as file, pytest.MonkeyPatch.context() as patch:
        file.write(content)
        file.flush()
        if not has_pread:
            patch.delattr(os, "pread")
        for _ in range(2):
            assert read_at(file.fileno(), length, offset) == content[offset : offset + length]
