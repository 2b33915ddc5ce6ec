"""Kill this process, or its group, just before the nth change of a file below a folder, counted over all processes.

``bench/faults.py`` puts this folder on PYTHONPATH. FAULT_COUNTER is a file with a byte a change so far; FAULT_ROOT the
folder; FAULT_AT the number, 0 for none; FAULT_WHOM the process to kill, or the group as a negative number's.
"""

import os
import select
import signal
import sys
import time

_CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def _install() -> None:
    root, number = os.environ["FAULT_ROOT"], int(os.environ["FAULT_AT"])
    counter = os.open(os.environ["FAULT_COUNTER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    main = os.environ.get("FAULT_MAIN", "")

    def changed(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments[:3]
            if not isinstance(flags, int) or not flags & _WRITING:
                return
        elif event in _CHANGES:
            path = arguments[0]
        else:
            return
        if not isinstance(path, str | bytes | os.PathLike):
            return
        if not os.path.abspath(os.fsdecode(path)).startswith(root):  # noqa: PTH100, links stay as they are called
            return
        os.write(counter, b".")
        if os.fstat(counter).st_size == number:
            if main:  # this one alone; its children go on
                os.kill(os.getpid(), signal.SIGKILL)
            os.killpg(0, signal.SIGKILL)

    sys.addaudithook(changed)


if os.environ.get("FAKETIME_NO_CACHE"):
    # Python sleeps up to a moment of the monotonic clock, which libfaketime refuses now and then (EINVAL).
    time.sleep = lambda seconds: select.select([], [], [], float(seconds)) and None
if os.environ.get("FAULT_ROOT"):
    _install()
