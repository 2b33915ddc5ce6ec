import json
import shutil
from pathlib import Path

import pytest

from tests.annotate.stores import SCOPE, key, opened, replies, reply
from tinyner.annotate.log_lines import HEADER
from tinyner.annotate.store import ReplyStore
from tinyner.errors import UserError
from tinyner.sealed_rows import FIELD

pytestmark = pytest.mark.usefixtures("store_folder")


def old_file(*more: bytes) -> Path:
    """Write a file as tinyner wrote it before: without a first row and checksums."""
    path = ReplyStore("m").path(SCOPE)
    path.parent.mkdir(parents=True)
    money = {"prompt_sha256": "p" * 64, "text_sha256": "t" * 64, "sample": 0}
    rows = [
        reply("one"),
        {"asked_usd": 0.5, **money},
        {"lost_usd": 0.5, "why": "time-out", **money},
        reply("two") | {"reply": 'Zürich, crc32: "0"'},
    ]
    lines = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
    path.write_bytes(b"".join(b"\n%s\n" % line for line in [*lines, *more]))
    return path


def rows_of(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().split(b"\n") if line]


def test_an_old_file_gets_checksums_once_and_stays_beside(capsys: pytest.CaptureFixture[str]) -> None:
    path = old_file()
    before = path.read_bytes()
    assert replies("one", "two") == ["to one", 'Zürich, crc32: "0"']
    backup = path.with_name(f"{path.name}.without-checksums")
    assert f"{path}: 4 rows got checksums; the file as it was: {backup.name}\n" == capsys.readouterr().out
    assert backup.read_bytes() == before
    header, *rows = rows_of(path)
    assert header == HEADER
    assert [row.rpartition(FIELD)[0] + b"}" for row in rows] == rows_of(backup)
    assert path.stat().st_mode & 0o077 == 0
    after = path.read_bytes()
    assert opened().lost_usd([SCOPE]) == 0.5
    assert path.read_bytes() == after
    assert capsys.readouterr().out == ""


def test_a_line_that_was_left_unfinished_is_left_out_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    path = old_file(b"x")
    path.write_bytes(path.read_bytes().replace(b"\nx\n", b'\n{"id": "x", "te'))
    assert replies("one") == ["to one"]
    assert "4 rows got checksums, 1 line that a killed writer had left unfinished left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"x", "is no JSON object"),
        (b'{"id": "x", "te', "is no JSON object"),  # with its newline: whoever wrote it had finished
        (b"[1]", "is no JSON object"),
        (b'{"id": "x", "repLy": "y"}', "is no row of a store"),
        (json.dumps(reply("three", "another")).encode(), "is a reply of another annotator, 'another'"),
        (b'{"lost_usd": "1"}', "is a row of lost_usd without a number"),
    ],
)
def test_a_damaged_old_file_stays_as_it_is(line: bytes, why: str) -> None:
    path = old_file(line)
    before = path.read_bytes()
    with pytest.raises(UserError) as refusal:
        opened()
    assert str(refusal.value).startswith(f"{path}:10: {why}")
    assert path.read_bytes() == before
    assert sorted(other.name for other in path.parent.iterdir()) == ["lock.jsonl", path.name]


def test_while_another_process_asks_an_old_file_is_read_as_it_is() -> None:
    path = old_file()
    before = path.read_bytes()
    with ReplyStore("m").locked():
        assert replies("one", "three") == ["to one", None]
        assert [row["id"] for row in opened().replies_to({"p" * 64})] == ["x", "x"]
    assert path.read_bytes() == before


def test_a_run_that_was_killed_between_its_two_steps_is_repeated() -> None:
    path = old_file()
    path.with_name(f"{path.name}.without-checksums").hardlink_to(path)
    assert replies("one") == ["to one"]
    assert len(list(path.parent.glob("*.without-checksums*"))) == 1


def test_a_backup_is_never_overwritten() -> None:
    path = old_file()
    old = path.read_bytes()
    for _ in range(2):
        assert replies("one") == ["to one"]
        path.write_bytes(old)
    assert replies("one") == ["to one"]
    assert len(list(path.parent.glob("*.without-checksums*"))) == 3


def test_what_comes_later_is_appended_to_the_new_file() -> None:
    path = old_file()
    store = ReplyStore("m")
    with store.locked():
        store.open(SCOPE)
        store.put(SCOPE, reply("three"))
    assert replies("one", "three") == ["to one", "to three"]
    assert b"to three" not in path.with_name(f"{path.name}.without-checksums").read_bytes()


def test_a_file_of_the_store_can_be_copied_to_the_recorded_ones(store_folder: Path) -> None:
    path = old_file()
    opened()
    shutil.move(path, store_folder / "data/recorded/mine.jsonl")
    assert ReplyStore("m").get(key("one")) is not None
