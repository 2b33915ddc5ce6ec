"""Locks on open files, which end with their process, however it ends: flock, or LockFileEx on Windows."""

import errno
import functools
import sys

from filelock import lock_descriptor

_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}  # of this Python, or of the file system


def lock(descriptor: int, *, wait: bool) -> bool:
    """Lock an open file until it is closed; return whether this process has the lock.

    Where the system has no locks, every process has each of them, and the first one says so on standard error.

    Args:
        descriptor: of the file, open for writing.
        wait: until other processes have given it back; else False is returned.
    """
    is_locked, why_none = _lock(descriptor, wait=wait)
    if why_none:
        _warn(why_none)
    return is_locked or bool(why_none)


def hold(descriptor: int) -> bool:
    """Lock a file that this process has just made; return False where another one was faster."""
    is_locked, why_none = _lock(descriptor, wait=False)
    return is_locked or bool(why_none)


def is_free(descriptor: int) -> bool:
    """Return whether no process held an open file, which this one has locked now.

    Where the system has no locks, no file counts as free.
    """
    return _lock(descriptor, wait=False)[0]


def _lock(descriptor: int, *, wait: bool) -> tuple[bool, str]:
    """Return whether the file is locked, and why there are no locks here, "" where there are."""
    try:
        return lock_descriptor(descriptor, blocking=wait), ""
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False, error.strerror or str(error)


@functools.cache
def _warn(reason: str) -> None:
    print(f"tinyner: files can't be locked here ({reason}); don't run a command twice at once", file=sys.stderr)
