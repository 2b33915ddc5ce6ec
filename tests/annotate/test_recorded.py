import hashlib
import json
from pathlib import Path

import pytest

from tests.annotate.stores import key, reply
from tests.conftest import ROOT
from tinyner.annotate import recorded
from tinyner.annotate.recorded import Recorded
from tinyner.annotate.store import ReplyStore
from tinyner.errors import UserError
from tinyner.files import sha256_file, write_rows


@pytest.fixture
def folder(store_folder: Path) -> Path:
    return store_folder / "data/recorded"


def sums(folder: Path) -> None:
    """Write SHA256SUMS as `sha256sum` does."""
    lines = [f"{sha256_file(path)}  {path.relative_to(folder)}\n" for path in sorted(folder.rglob("*.jsonl"))]
    (folder / "SHA256SUMS").write_text("".join(lines))


def test_every_recorded_file_has_its_sum() -> None:
    folder = ROOT / "data/recorded"
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    expected = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert expected == {str(path.relative_to(folder)): sha256_file(path) for path in folder.rglob("*.jsonl")}


def test_a_file_that_is_not_as_its_sum_says_is_refused(folder: Path) -> None:
    path = folder / "mine/replies.jsonl"
    write_rows(path, [reply("one")])
    sums(folder)
    assert ReplyStore("m").get(key("one")) is not None
    path.write_text(path.read_text().replace("to one", "to ome"))
    with pytest.raises(UserError) as refusal:
        ReplyStore("m")
    assert "data/recorded/mine/replies.jsonl: its bytes are not those that data/recorded/SHA256SUMS:1" in str(
        refusal.value
    )
    (folder / "SHA256SUMS").unlink()  # replies of one's own need no sum
    assert ReplyStore("m").get(key("one")) is not None


def test_a_sum_without_its_file_is_refused(folder: Path) -> None:
    """A damaged name would leave its file without a check."""
    path = folder / "mine/replies.jsonl"
    write_rows(path, [reply("one")])
    sums(folder)
    lines = (folder / "SHA256SUMS").read_text()
    (folder / "SHA256SUMS").write_text(lines.replace("mine", "mime"))
    with pytest.raises(UserError, match=r"SHA256SUMS:1: names data/recorded/mime/replies\.jsonl, which is not here"):
        Recorded()


def test_sums_that_are_none_are_refused(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text("abc  mine.jsonl\n")
    with pytest.raises(UserError, match="SHA256SUMS:1: expected a line of sha256sum"):
        Recorded()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (json.dumps({"id": "x", "reply": "y"}).encode(), "expected a reply with id, reply, annotator"),
        (b"{", "is no JSON object"),
        (b'{"id": "\xff"}', "expected UTF-8 text, found the byte 0xff"),
    ],
)
def test_a_line_that_is_no_reply_is_named(folder: Path, line: bytes, why: str) -> None:
    (folder / "mine.jsonl").write_bytes(json.dumps(reply("one")).encode() + b"\n" + line + b"\n")
    with pytest.raises(UserError, match=f"mine.jsonl:2: {why}"):
        ReplyStore("m")


def test_a_byte_order_mark_and_blank_lines_make_no_difference(folder: Path) -> None:
    (folder / "mine.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(reply("one")).encode() + b"\r\n\n")
    assert ReplyStore("m").get(key("one")) is not None


@pytest.mark.parametrize("damage", ["", "other bytes", "cut off"])
def test_a_large_folder_has_an_index_in_the_cache(folder: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "_SMALL", 0)
    for name in ("a", "b"):
        write_rows(folder / f"{name}.jsonl", [reply(f"{name}{number}", name) for number in range(20)])
    Recorded()
    (index,) = (folder.parents[1] / "cache/recorded").iterdir()
    content = index.read_bytes()
    if damage == "other bytes":
        index.write_bytes(hashlib.sha256(content).digest() * 100)
    elif damage == "cut off":
        index.write_bytes(content[: len(content) // 2])
    replies = Recorded()
    for name in ("a", "b"):
        row = replies.get(name, key(f"{name}7"))
        assert row is not None
        assert row["reply"] == f"to {name}7"
        assert replies.get(name, key("another")) is None
        assert len(list(replies.replies_to(name, {"p" * 64}))) == 20
    assert replies.get("a", key("b7")) is None
    assert index.read_bytes() == content
    write_rows(folder / "c.jsonl", [reply("c", "a")])
    assert Recorded().get("a", key("c")) is not None


def test_the_cache_keeps_few_indices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "_SMALL", 0)
    for number in range(10):
        write_rows(folder / "a.jsonl", [reply(str(number))])
        assert Recorded().get("m", key(str(number))) is not None
    assert len(list((folder.parents[1] / "cache/recorded").iterdir())) == 8
