"""Files of the store as tinyner wrote them before its rows had checksums, rewritten once with them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tinyner.annotate.log_lines import HEADER, Line, is_header, lines, opened, row_of
from tinyner.errors import UserError
from tinyner.files import open_binary
from tinyner.plurals import number
from tinyner.sealed_rows import FIELD, seal

_BACKUP = ".without-checksums"


def migrate(path: Path, annotator: str) -> None:
    """Give each row of a file its checksum, and the file a first row that names its format; the rest stays as it is.

    The file is replaced in one step, and stays beside the new one under another name. Only the process that holds the
    annotator's lock may call this.

    Raises:
        UserError: where a line is damaged, or the new file can't be written.
    """
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):  # of a process that was killed
        leftover.unlink()
    new, count, cut = path.with_name(f".{path.name}.{os.getpid()}.tmp"), 0, 0
    try:
        try:
            with opened(path) as file, os.fdopen(open_binary(new, os.O_WRONLY | os.O_CREAT), "wb") as new_file:
                new_file.write(HEADER + b"\n")
                for line in lines(file, 0):
                    content = _sealed(path, line, annotator)
                    if content is None:
                        cut += 1
                    elif content:
                        new_file.write(b"\n%s\n" % content)
                        count += 1
                new_file.flush()
                os.fsync(new_file.fileno())
            backup = _kept(path)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{path}: can't be rewritten with checksums: {error.strerror}; see TINYNER_REPLIES") from None
    left_out = f", {number(cut, 'line')} that a killed writer had left unfinished left out" if cut else ""
    print(f"{path}: {number(count, 'row')} got checksums{left_out}; the file as it was: {backup.name}", flush=True)


def _sealed(path: Path, line: Line, annotator: str) -> bytes | None:
    """Return a line with its checksum; nothing for a first row; None for a line that was left unfinished."""
    row = row_of(path, line, annotator, needs_checksum=False)
    if row is None:
        return None
    content = line.content.strip()
    return b"" if is_header(row) else content if FIELD in content else seal(content)


def _kept(path: Path) -> Path:
    """Give a file a second name, under which it stays when another takes its place; return that name."""
    for backup in _names(path):
        try:
            backup.hardlink_to(path)
        except FileExistsError:
            if backup.samefile(path):  # of a run that was killed
                return backup
        except OSError:  # a file system without links
            if not backup.exists():
                shutil.copy2(path, backup)
                return backup
        else:
            return backup
    raise AssertionError


def _names(path: Path) -> Iterator[Path]:
    yield path.with_name(path.name + _BACKUP)
    for attempt in range(2, 1_000_000):
        yield path.with_name(f"{path.name}{_BACKUP}-{attempt}")
