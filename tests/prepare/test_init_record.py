"""The record of what ``tinyner init`` wrote: as it was written, or empty where it can't be read."""

from pathlib import Path

import pytest

from tinyner.files import sha256_file
from tinyner.prepare import init_record
from tinyner.prepare.init_record import Record


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = Record({"data/own/a.csv": "1", "prompts/ノート\udcff.jsonl": "2"}, {"data/own/b.csv": "3"})
    (tmp_path / init_record.NAME).write_bytes(record.to_json())
    assert init_record.load(tmp_path) == record


@pytest.mark.parametrize(
    "content", [None, b"", b"<<<<<<< HEAD", b"[]", b'{"written": {}}', b'{"written": 1, "read": {}}']
)
def test_a_record_that_can_not_be_read_is_empty(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / init_record.NAME).write_bytes(content)
    assert init_record.load(tmp_path) == Record()


def test_a_file_is_unchanged_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\n")
    sha256 = sha256_file(path)
    assert init_record.is_unchanged(path, sha256)
    assert not init_record.is_unchanged(path, None)
    path.write_text("other\n")
    assert not init_record.is_unchanged(path, sha256)
    assert not init_record.is_unchanged(tmp_path, sha256)
