"""Files that a killed run leaves unfinished are taken up, begun anew, or removed."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.predict.parts import Origin, parts

ORIGIN = {"the input": "a", "the model": "b"}


def made_of(origin: Origin) -> Callable[[], Origin]:
    return lambda: origin


class KilledError(Exception):
    """Stands for what ends a process."""


@contextmanager
def killed() -> Iterator[None]:
    with pytest.raises(KilledError):
        yield


def killed_run(target: Path, origin: Origin = ORIGIN) -> None:
    """Write a block that is saved and one that is not."""
    with killed(), parts([target], made_of(origin)) as unfinished:
        assert unfinished.state == {}
        unfinished.write(0, b"one\n")
        unfinished.save({"texts": 1})
        unfinished.write(0, b"tw")
        raise KilledError


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_a_run_goes_on_behind_what_is_saved(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / name
    killed_run(target)
    assert not target.exists()
    with parts([target], made_of(ORIGIN)) as unfinished:
        assert unfinished.state == {"texts": 1}
        unfinished.write(0, b"two\n")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    content = target.read_bytes()
    assert (gzip.decompress(content) if name.endswith(".gz") else content) == b"one\ntwo\n"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ({**ORIGIN, "the input": "x"}, "the input changed since"),
        ({"the input": "x", "the model": "x"}, "the input and the model changed since"),
        ({**ORIGIN, "the options": "x"}, "the options changed since"),
        (None, "what is read or written now can't be taken up"),
    ],
)
def test_a_run_of_another_origin_begins_anew_and_says_so(
    origin: Origin | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.jsonl"
    killed_run(target)
    with parts([target], None if origin is None else made_of(origin)) as unfinished:
        assert unfinished.state == {}
        unfinished.write(0, b"three\n")
        unfinished.save({"texts": 1})
    assert target.read_bytes() == b"three\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
    assert f"a killed run left a part, but {reason}; beginning anew" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["shorter", "gone", "no state", "other targets"])
def test_what_does_not_fit_is_begun_anew(damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, part, state = (tmp_path / name for name in ("out", ".out.part", ".out.part.json"))
    killed_run(target)
    if damage == "shorter":
        part.write_bytes(b"on")
    elif damage == "gone":
        part.unlink()
    elif damage == "no state":
        state.write_bytes(b"{")
    targets = [target, tmp_path / "page"] if damage == "other targets" else [target]
    with parts(targets, made_of(ORIGIN)) as unfinished:
        assert unfinished.state == {}
        unfinished.write(0, b"x")
    assert target.read_bytes() == b"x"
    assert "beginning anew" in capsys.readouterr().err


def test_after_a_mistake_of_the_users_nothing_is_left(tmp_path: Path) -> None:
    def fails() -> None:
        with parts([tmp_path / "out"], made_of(ORIGIN)) as unfinished:
            unfinished.write(0, b"x")
            unfinished.save({})
            raise UserError("a line")

    with pytest.raises(UserError, match="a line"):
        fails()
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_is_saved_nothing_is_left(tmp_path: Path) -> None:
    with killed(), parts([tmp_path / "out"], made_of(ORIGIN)) as unfinished:
        unfinished.write(0, b"x")
        raise KilledError
    assert list(tmp_path.iterdir()) == []


def test_the_origin_is_made_where_it_is_needed(tmp_path: Path) -> None:
    def origin() -> Origin:
        raise AssertionError

    with parts([tmp_path / "out"], origin) as unfinished:
        unfinished.write(0, b"x")
    assert (tmp_path / "out").read_bytes() == b"x"


def test_two_files_are_taken_up_together(tmp_path: Path) -> None:
    targets = [tmp_path / "out", tmp_path / "page"]
    with killed(), parts(targets, made_of(ORIGIN)) as unfinished:
        for index in range(2):
            unfinished.write(index, b"one")
        unfinished.save({"texts": 1})
        unfinished.write(1, b"two")
        raise KilledError
    with parts(targets, made_of(ORIGIN)) as unfinished:
        assert unfinished.state == {"texts": 1}
    assert [target.read_bytes() for target in targets] == [b"one", b"one"]


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    with (
        parts([tmp_path / "out"], None),
        pytest.raises(UserError, match="another run is writing it"),
        parts([tmp_path / "out"], None),
    ):
        pass
    assert (tmp_path / "out").exists()


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    code = """
import resource, signal, sys
from pathlib import Path
from tinyner import errors
from tinyner.predict.parts import parts

def main():
    with parts([Path(sys.argv[1])], lambda: {}) as unfinished:
        for _ in range(40):
            unfinished.write(0, b"x" * 1000)
            unfinished.save({})

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
errors.run(main)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"tinyner: -o {tmp_path}/out: can't be written: File too large; then the same command"
    )
    assert json.loads((tmp_path / ".out.part.json").read_text())["sizes"] == [20_000]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [".out.part", ".out.part.json"])
def test_a_flipped_bit_of_what_a_killed_run_left_is_noticed(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    killed_run(tmp_path / "out")
    content = bytearray((tmp_path / name).read_bytes())
    content[1] ^= 1
    (tmp_path / name).write_bytes(content)
    with parts([tmp_path / "out"], made_of(ORIGIN)) as unfinished:
        assert unfinished.state == {}
        unfinished.write(0, b"x")
    assert (tmp_path / "out").read_bytes() == b"x"
    assert "beginning anew" in capsys.readouterr().err
