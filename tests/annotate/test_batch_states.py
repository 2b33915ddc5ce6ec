from dataclasses import asdict
from pathlib import Path

import pytest

from tinyner.annotate import batch_files, batch_states
from tinyner.annotate.batch_states import BatchState
from tinyner.errors import UserError
from tinyner.files import write_json

STATE = BatchState("0" * 16 + "-0", 2, batch_id="batch_1", status="in_progress")


def test_a_state_is_read_as_it_was_saved_today_and_before(tmp_path: Path) -> None:
    batch_states.save(tmp_path, STATE)
    assert list(batch_states.load_all(tmp_path)) == [STATE]
    write_json(batch_states.path_of(tmp_path, STATE), asdict(STATE))
    assert list(batch_states.load_all(tmp_path)) == [STATE]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"batch_1", b"batch_2", "its checksum doesn't fit"),
        (b'"collected": false', b'"collected": true', "its checksum doesn't fit"),
        (b', "crc32"', b', "crc33"', "has no checksum"),
        (b"}", b"", "doesn't fit"),
        (b"{", b"{\n", "doesn't fit"),
    ],
)
def test_a_state_that_was_changed_is_refused(tmp_path: Path, old: bytes, new: bytes, why: str) -> None:
    batch_states.save(tmp_path, STATE)
    path = batch_states.path_of(tmp_path, STATE)
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(UserError) as refusal:
        list(batch_states.load_all(tmp_path))
    assert str(refusal.value).startswith(f"{path}: ")
    assert why in str(refusal.value)
    assert "perhaps pay twice" in str(refusal.value)


@pytest.mark.parametrize("change", [{"requests": "2"}, {"status": None}, {"other": 1}, {"name": "1" * 16 + "-0"}])
def test_an_old_state_that_is_none_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = batch_states.path_of(tmp_path, STATE)
    write_json(path, asdict(STATE) | change)
    with pytest.raises(UserError, match=r"expected name, requests|is the state of another batch"):
        list(batch_states.load_all(tmp_path))


def test_a_request_file_that_was_changed_is_not_sent(tmp_path: Path) -> None:
    path = batch_files.write(tmp_path, [], b'{"body": "Who?"}\n', lambda _: 0.0)
    assert batch_files.read_requests(path) == b'{"body": "Who?"}\n'
    path.write_bytes(b'{"body": "Why?"}\n')
    with pytest.raises(UserError, match="was changed after it was written, so it may ask something else"):
        batch_files.read_requests(path)


def test_what_says_which_request_a_line_is_must_be_whole(tmp_path: Path) -> None:
    path = batch_files.write(tmp_path, [], b"", lambda _: 0.0)
    state = BatchState(f"{path.name[:16]}-0", 1)
    with pytest.raises(UserError, match=r"places.jsonl: has 0 rows, and its batch 1 requests"):
        batch_states.refs_of(tmp_path, state)
    batch_files.refs_path(path).write_bytes(b'{"id": "a", "worst_usd": 1}\n')
    with pytest.raises(UserError, match=r"places.jsonl:1: is no row of such a file"):
        batch_states.refs_of(tmp_path, state)
