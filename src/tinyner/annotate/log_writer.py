"""Appends to a file of the store: whole lines, one write each."""

import errno
import os
import time
from pathlib import Path

from tinyner.errors import UserError
from tinyner.files import open_binary

_FSYNC_SECONDS = 1.0


class LogWriter:
    """The end of a file, to which lines are appended."""

    def __init__(self, path: Path) -> None:
        """Open the file, which is made where it is not there.

        Raises:
            UserError: where that can't be done.
        """
        self._path, self._descriptor, self._synced = path, -1, time.monotonic()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = open_binary(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        except OSError as error:
            raise self._error(error) from None

    def _error(self, error: OSError) -> UserError:
        return UserError(f"{self._path}: replies can't be stored: {error.strerror}; see TINYNER_REPLIES")

    def begin(self, header: bytes) -> None:
        """Append the first row, to a file without any; what a killed writer left of it stays in front.

        Raises:
            UserError: where it can't be written.
        """
        self.append(header, separator=b"\n" if os.fstat(self._descriptor).st_size else b"")

    def append(self, line: bytes, separator: bytes = b"\n") -> int:
        """Append a line, and return where it begins; the operating system has it when this returns.

        Raises:
            UserError: where it can't be written.
        """
        # The newline in front separates the line from an unfinished one of a killed writer.
        data = b"%s%s\n" % (separator, line)
        try:
            if os.write(self._descriptor, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301, as the system says it elsewhere
            end = os.lseek(self._descriptor, 0, os.SEEK_CUR)
            # A line survives the end of this process as soon as it is written; a power cut may lose the last second.
            if time.monotonic() - self._synced > _FSYNC_SECONDS:
                os.fsync(self._descriptor)
                self._synced = time.monotonic()
        except OSError as error:
            raise self._error(error) from None
        return end - len(line) - 1

    def close(self) -> None:
        """Sync what was appended to the disk.

        Raises:
            UserError: where that can't be done.
        """
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._error(error) from None
        finally:
            os.close(self._descriptor)
