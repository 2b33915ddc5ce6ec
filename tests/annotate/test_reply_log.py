import errno
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.annotate.stores import SCOPE, filled, key, opened, replies, reply
from tinyner.annotate.log_lines import HEADER
from tinyner.annotate.log_writer import LogWriter
from tinyner.annotate.store import ReplyStore
from tinyner.errors import UserError
from tinyner.sealed_rows import read_line, sealed

pytestmark = pytest.mark.usefixtures("store_folder")
TEXTS = ("one", "two", "three")
ALL = [f"to {text}" for text in TEXTS]


def line_with(path: Path, part: bytes) -> int:
    """Return the number of the line that has a part."""
    return next(number for number, line in enumerate(path.read_bytes().split(b"\n"), 1) if part in line)


def replace(path: Path, old: bytes, new: bytes) -> int:
    """Replace a part of a file that stands there once; return its line's number."""
    content = path.read_bytes()
    assert content.count(old) == 1
    number = line_with(path, old)
    path.write_bytes(content.replace(old, new))
    return number


@pytest.mark.parametrize("has_index", [True, False])
def test_a_reply_that_was_changed_is_refused_with_its_line_and_price(has_index: bool) -> None:
    path = filled(*TEXTS)
    if not has_index:
        path.with_suffix(".index").unlink()
    number = replace(path, b"to two", b"to tvo")
    with pytest.raises(UserError) as refusal:
        replies(*TEXTS)
    assert f"{path}:{number}: its checksum doesn't fit: it was changed after it was written; " in str(refusal.value)
    assert "delete that line: its sentence is asked again for about $0.2500" in str(refusal.value)
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(lines[: number - 1] + lines[number:]))
    assert replies(*TEXTS) == ["to one", None, "to three"]


def test_a_change_that_leaves_no_trace_but_in_the_row_is_noticed_when_the_row_is_used() -> None:
    path = filled(*TEXTS)
    status = path.stat()
    number = replace(path, b"to two", b"to tvo")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # as a disk rots
    assert replies("one", "three") == ["to one", "to three"]
    with pytest.raises(UserError, match=f":{number}: its checksum doesn't fit"):
        replies("two")


def test_a_row_of_money_is_refused_as_a_reply_is() -> None:
    store = ReplyStore("m")
    with store.locked():
        store.open(SCOPE)
        store.record_asked(SCOPE, key("one"), 0.25)
        store.record_lost(SCOPE, key("one"), 0.25, "time-out")
    replace(store.path(SCOPE), b'{"lost_usd": 0.25', b'{"lost_usd": 0.05')
    with pytest.raises(UserError, match="is then not counted any more"):
        opened()


def test_a_row_by_hand_is_refused_and_can_be_trusted() -> None:
    path = filled("one")
    with path.open("ab") as file:
        file.write(b"\n" + sealed(reply("two")).partition(b', "crc32"')[0] + b"}\n")
    with pytest.raises(UserError) as refusal:
        opened()
    assert "has no checksum: it was written by hand, or by an older tinyner" in str(refusal.value)
    assert str(refusal.value).endswith("if you trust it, delete the file's first row: all rows then get checksums")
    path.write_bytes(path.read_bytes().replace(HEADER, b""))
    assert replies("one", "two") == ["to one", "to two"]
    assert all(read_line(line) for line in path.read_bytes().split(b"\n") if line)


def test_what_a_killed_writer_left_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    path = filled("one")
    number = path.read_bytes().count(b"\n") + 2
    with path.open("ab") as file:
        file.write(b"\n" + sealed(reply("two"))[:50])
    assert replies("one", "two") == ["to one", None]
    assert f"{path}: line {number} was cut off" in capsys.readouterr().out
    opened().put(SCOPE, reply("two"))
    assert replies("one", "two") == ["to one", "to two"]
    assert capsys.readouterr().out == ""


def test_a_reply_that_another_process_is_about_to_write_is_not_taken_for_cut(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = filled("one")
    line = sealed(reply("two"))
    with ReplyStore("m").locked(), path.open("ab", buffering=0) as file:
        file.write(b"\n" + line[:50])
        reader = opened()
        assert reader.get(key("two")) is None
        file.write(line[50:] + b"\n")
        reader.open(SCOPE)
        assert reader.get(key("two")) is not None
    assert capsys.readouterr().out == ""


def test_rows_that_are_gone_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    path = filled(*TEXTS)
    lines = path.read_bytes().split(b"\n")
    last = line_with(path, b"to three")
    path.write_bytes(b"\n".join(lines[: last - 1]))
    assert replies(*TEXTS) == ["to one", "to two", None]
    assert "rows are gone that were there before" in capsys.readouterr().out
    assert replies(*TEXTS) == ["to one", "to two", None]
    assert capsys.readouterr().out == ""  # said once
    path.unlink()
    assert replies(*TEXTS) == [None, None, None]
    assert "rows are gone that were there before" in capsys.readouterr().out


def test_a_row_that_is_deleted_does_not_hide_behind_new_ones(capsys: pytest.CaptureFixture[str]) -> None:
    path = filled(*TEXTS)
    opened().put(SCOPE, reply("four"))  # without the lock: not in the index
    lines = path.read_bytes().split(b"\n")
    first = line_with(path, b"to one")
    path.write_bytes(b"\n".join(lines[: first - 1] + lines[first:]))
    assert replies(*TEXTS, "four") == [None, "to two", "to three", "to four"]
    assert "rows are gone that were there before" in capsys.readouterr().out


def test_a_newer_format_is_refused() -> None:
    path = filled("one")
    path.write_bytes(path.read_bytes().replace(HEADER, sealed({"tinyner_replies": 3})))
    with pytest.raises(UserError, match="of format 3, this tinyner reads up to format 2; update it"):
        opened()


def test_a_first_row_that_was_cut_off_is_written_again() -> None:
    path = filled("one")
    for length in range(1, len(HEADER)):
        path.write_bytes(b"\n" + HEADER[:length])
        filled("two")
        assert replies("two") == ["to two"]


@pytest.mark.parametrize("damage", ["deleted", "empty", "other bytes", "a folder", "without rows", "of another file"])
def test_the_index_may_be_in_any_state(damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = filled(*TEXTS)
    index = path.with_suffix(".index")
    content = index.read_bytes()
    if damage == "of another file":
        path.unlink()
        index.unlink()
        filled(*TEXTS, "four")
        index.write_bytes(content)
    elif damage == "without rows":  # as of a page that was lost: what is missing there would be paid for again
        with sqlite3.connect(index) as connection:
            connection.execute("DELETE FROM places WHERE offset > 400")
        connection.close()
    else:
        index.unlink()
        if damage == "a folder":
            index.mkdir()
        elif damage != "deleted":
            index.write_bytes(content[: 0 if damage == "empty" else 100] * 3)
    assert replies(*TEXTS) == ALL
    assert replies("four") == ["to four" if damage == "of another file" else None]
    assert len(list(opened().replies_to({"p" * 64}))) == (4 if damage == "of another file" else 3)
    if index.is_dir():
        index.rmdir()
    assert capsys.readouterr().out == ""


def test_what_a_killed_process_left_of_an_index_is_cleared_away() -> None:
    path = filled("one")
    index = path.with_suffix(".index")
    index.unlink()
    for name in (f".{index.name}.1.tmp", f".{index.name}.1.tmp-journal", f"{index.name}-journal"):
        path.with_name(name).write_bytes(b"x")
    assert replies("one") == ["to one"]
    assert sorted(other.name for other in path.parent.iterdir()) == ["lock.jsonl", index.name, path.name]


def test_an_older_index_is_brought_up_to_date() -> None:
    path = filled("one")
    shutil.copy(path.with_suffix(".index"), "index")
    filled("two", "three")
    shutil.copy("index", path.with_suffix(".index"))
    assert replies(*TEXTS) == ALL


def test_the_first_of_several_replies_counts() -> None:
    filled("one")
    again = reply("one") | {"reply": "another"}
    opened().put(SCOPE, again)
    assert replies("one") == ["to one"]
    assert [row["reply"] for row in opened().replies_to({"p" * 64})] == ["to one"]


def test_the_report_of_a_loss_is_counted_once() -> None:
    for _ in range(2):
        opened().record_lost(SCOPE, key("one"), 0.5, "error", "file 1")
    assert opened().lost_usd([SCOPE]) == 0.5


def test_a_disk_that_is_full_at_the_end_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems say so only when what was written is put on the disk."""
    writer = LogWriter(tmp_path / "log.jsonl")
    writer.begin(b"{}")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="replies can't be stored: No space left on device; see TINYNER_REPLIES"):
        writer.close()
