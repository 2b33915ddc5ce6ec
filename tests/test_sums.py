"""Checksums beside a folder's files: what is read is what was written, or it is said which file is another."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner import sums
from tinyner.sums import DamageError

FILES = {"a.json": b'{"a": 1}', "b.bin": bytes(range(64))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    sums.write(tmp_path)
    return tmp_path


def test_the_file_is_one_that_sha256sum_reads(folder: Path) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum here")
    done = subprocess.run(["sha256sum", "-c", sums.NAME], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "a.json: OK\nb.bin: OK\n"
    assert sums.verified(folder, FILES).keys() == FILES.keys()


@given(st.data())
def test_any_flipped_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("sums")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    sums.write(folder)
    path = folder / data.draw(st.sampled_from([*FILES, sums.NAME]))
    damaged = bytearray(path.read_bytes())
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(damaged)
    with pytest.raises(DamageError) as caught:
        sums.verified(folder, FILES)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", None, "a.json is missing"),
        ("a.json", b"", "a.json is not as it was written"),
        (sums.NAME, b"", "has not the form"),
        (sums.NAME, b"\xff", "can't be read"),
    ],
)
def test_what_is_wrong_is_named(name: str, content: bytes | None, message: str, folder: Path) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(DamageError, match=message):
        sums.verified(folder, FILES)


def test_a_file_that_is_read_has_to_be_listed(folder: Path) -> None:
    (folder / "c.json").write_text("{}")
    with pytest.raises(DamageError, match=r"c\.json is not in tinyner\.sha256"):
        sums.verified(folder, ["a.json", "c.json"])


def test_lines_that_are_gone_or_doubled_are_noticed(folder: Path) -> None:
    lines = (folder / sums.NAME).read_text().splitlines(keepends=True)
    for damaged in (lines[:1], [*lines, lines[0]], lines[::-1]):
        (folder / sums.NAME).write_text("".join(damaged))
        with pytest.raises(DamageError):
            sums.verified(folder, FILES)


def test_a_folder_of_others_has_no_checksums(folder: Path) -> None:
    (folder / sums.NAME).unlink()
    assert sums.read(folder) is None
    assert sums.verified(folder, FILES) == {}
