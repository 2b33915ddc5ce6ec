"""Files that are written block by block beside the ones that they become, so that a killed run is taken up again.

Beside ``out.jsonl`` stands ``.out.jsonl.part``, and ``.out.jsonl.part.json`` says how much of it is whole, with its
CRC-32, and what it was made of; it has a checksum itself. A block is on the disk before the state counts it, and the
final file appears when all is done.
"""

import gzip
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from zlib import crc32

from tinyner import locks
from tinyner.errors import UserError
from tinyner.files import atomic, check_output, open_binary
from tinyner.predict.output_format import is_packed
from tinyner.sealed_rows import read_line, sealed

_BLOCK = 1 << 20  # bytes that are read at a time

Origin = Mapping[str, str]
"""What a file is made of, by what the user calls it: ``the input``, ``the model``, ...; texts that can be compared."""


class Parts:
    """Unfinished files of one run."""

    def __init__(
        self, targets: Sequence[Path], files: Sequence[IO[bytes]], origin: Callable[[], Origin] | None
    ) -> None:
        """Take up what a killed run left where it has the same origin, else begin anew, and say which.

        Args:
            targets: the files that are to be.
            files: the unfinished ones, open and locked.
            origin: makes what they are made of; is called only where it is needed. None: can't be taken up.
        """
        self._targets, self._files, self._make_origin = targets, files, origin
        self._origin: Origin | None = None
        self._state_path = _state_of(targets[0])
        self.state: dict[str, Any] = {}  # as it was saved by the run that is taken up
        left = self._left()
        sizes = [0] * len(files) if left is None else left["sizes"]
        self._checksums: list[int] = [0] * len(files) if left is None else left["crc32_of_files"]
        for file, size in zip(files, sizes, strict=True):
            file.truncate(size)
            file.seek(size)
        if left is None:
            self._state_path.unlink(missing_ok=True)
        else:
            self.state = left["state"]

    def write(self, index: int, content: bytes) -> None:
        """Write to a file, packed where its name ends in .gz: each block is packed by itself."""
        if content:
            packed = gzip.compress(content, mtime=0) if is_packed(self._targets[index]) else content
            self._files[index].write(packed)
            self._checksums[index] = crc32(packed, self._checksums[index])

    def save(self, state: Mapping[str, Any]) -> None:
        """Put what is written so far on the disk, and then that it is whole, with a state to go on from."""
        if self._make_origin is None:
            return
        for file in self._files:
            _sync(file)
        sizes = [file.tell() for file in self._files]
        made = {"origin": self._made_of(), "targets": self._names()}
        content = {**made, "sizes": sizes, "crc32_of_files": self._checksums, "state": state}
        with atomic(self._state_path) as unfinished:
            unfinished.write(sealed(content) + b"\n")

    def finish(self) -> None:
        """Put the files into their places."""
        for file, target in zip(self._files, self._targets, strict=True):
            _sync(file)
            _part_of(target).replace(target)
        self._state_path.unlink(missing_ok=True)

    def _made_of(self) -> Origin:
        assert self._make_origin is not None
        if self._origin is None:
            self._origin = self._make_origin()
        return self._origin

    def _names(self) -> list[str]:
        return [target.name for target in self._targets]

    def _left(self) -> dict[str, Any] | None:
        """Return the state that a killed run left, where it can be gone on from; else say why not."""
        if not self._state_path.exists():
            return None
        reason = ""
        try:
            left = read_line(self._state_path.read_bytes().removesuffix(b"\n"))
            before, sizes, names, checksums = (left[key] for key in ("origin", "sizes", "targets", "crc32_of_files"))
            if names != self._names() or any(map(_is_shorter, self._files, sizes)):
                reason = "its files are others"
            elif self._make_origin is None:
                reason = "what is read or written now can't be taken up"
            else:
                now = self._made_of()
                reason = " and ".join(what for what in {**now, **before} if now.get(what) != before.get(what))
                reason = f"{reason} changed since" if reason else ""
            if not reason and list(map(_crc32, self._files, sizes)) != checksums:
                reason = "it was changed since"
        except (ValueError, KeyError, TypeError):
            reason = "its state is damaged, or of an older version"
        if not reason:
            return left
        print(f"tinyner: {self._targets[0]}: a killed run left a part, but {reason}; beginning anew", file=sys.stderr)
        return None


@contextmanager
def parts(targets: Sequence[Path], origin: Callable[[], Origin] | None) -> Iterator[Parts]:
    """Open the unfinished files of targets. At an end without an error they take the targets' places.

    After a mistake of the user's nothing is left. After any other end, what ``save`` has saved stays, to be gone on
    from.

    Raises:
        UserError: where a target can't be written, or another run is writing it.
    """
    for target in targets:
        check_output(target)
    with ExitStack() as stack:
        try:
            files = [stack.enter_context(_locked(target)) for target in targets]
        except OSError as error:
            raise _not_written(targets[0], error) from None
        try:
            unfinished = Parts(targets, files, origin)
            yield unfinished
            unfinished.finish()
        except BaseException as error:
            is_saved = not isinstance(error, UserError) and _state_of(targets[0]).exists()
            if not is_saved:
                for target in targets:
                    _part_of(target).unlink(missing_ok=True)
                _state_of(targets[0]).unlink(missing_ok=True)
            elif isinstance(error, KeyboardInterrupt):
                print(f"tinyner: -o {targets[0]}: the same command goes on where this one stood", file=sys.stderr)
            if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                raise _not_written(targets[0], error, is_saved=is_saved) from None
            raise


@contextmanager
def _locked(target: Path) -> Iterator[IO[bytes]]:
    """Open the unfinished file of a target, which no other run may have open.

    Raises:
        UserError: where another run has.
    """
    path = _part_of(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        file = os.fdopen(open_binary(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        stack.callback(_close, file)
        is_locked = locks.lock(file.fileno(), wait=False)
        is_ours = is_locked and path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())
        if not is_ours:  # or it was, a moment ago
            raise UserError(f"-o {target}: another run is writing it; wait for it, or name another file")
        yield file


def _part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _state_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.part.json")


def _is_shorter(file: IO[bytes], size: int) -> bool:
    return os.fstat(file.fileno()).st_size < size


def _crc32(file: IO[bytes], size: int) -> int:
    """Return the CRC-32 of the beginning of a file."""
    file.seek(0)
    value = 0
    while size and (block := file.read(min(size, _BLOCK))):
        value = crc32(block, value)
        size -= len(block)
    return value


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # of what could not be written before either; what counts is on the disk
        file.close()


def _not_written(target: Path, error: OSError, *, is_saved: bool = False) -> UserError:
    advice = "then the same command goes on where this one stood" if is_saved else "name another file"
    return UserError(f"-o {target}: can't be written: {error.strerror}; {advice}")
