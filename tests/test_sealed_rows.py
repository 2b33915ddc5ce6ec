from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.sealed_rows import DamageError, is_cut, read_line, seal, sealed

VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.lists(st.text())
ROWS = st.dictionaries(st.text(), VALUES, min_size=1).filter(lambda row: "crc32" not in row)


@given(ROWS)
def test_a_row_is_read_as_it_was_written(row: dict[str, Any]) -> None:
    line = sealed(row)
    assert read_line(line) == row
    assert b"\n" not in line


@given(ROWS, st.data())
def test_a_flipped_bit_is_noticed(row: dict[str, Any], data: st.DataObject) -> None:
    line = bytearray(sealed(row))
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(DamageError):
        read_line(bytes(line))


@given(ROWS, st.data())
def test_what_a_killed_writer_leaves_is_told_from_damage(row: dict[str, Any], data: st.DataObject) -> None:
    line = sealed(row)
    cut = line[: data.draw(st.integers(1, len(line) - 1))]
    with pytest.raises(DamageError):
        read_line(cut)
    assert is_cut(cut)
    assert is_cut(cut + bytes(100))  # after a power cut
    assert not is_cut(line)
    assert not is_cut(line + b"x")


def test_a_line_without_a_checksum_is_read_where_it_may_be() -> None:
    assert read_line(b'{"id": "a"}', needs_checksum=False) == {"id": "a"}
    with pytest.raises(DamageError, match="has no checksum"):
        read_line(b'{"id": "a"}')
    with pytest.raises(DamageError, match="doesn't fit"):  # what has one must have the right one
        read_line(seal(b'{"id": "a"}').replace(b'"a"', b'"b"'), needs_checksum=False)


def test_a_text_that_looks_like_a_checksum_is_none() -> None:
    row = {"reply": ', "crc32": "00000000"}'}
    assert read_line(sealed(row)) == row
