"""Progress of long work: bars on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tinyner.terminal import harmless_console


class Task:
    """A bar, or a line printed at each tenth of the work."""

    def __init__(self, label: str, total: int, bars: Progress | None, done: int = 0) -> None:
        """Begin a task of ``total`` steps, of which ``done`` were done before."""
        self._label, self._total, self._done, self._bars = label, total, done, bars
        self._bar = bars.add_task(label, total=total, completed=done, note="") if bars else None

    def step(self, steps: int = 1, note: str = "") -> None:
        """Count ``steps`` more as done; ``note`` is printed beside the count."""
        tenth = 10 * self._done // self._total
        self._done += steps
        if self._bars is not None and self._bar is not None:
            self._bars.update(self._bar, advance=steps, note=note)
        elif 10 * self._done // self._total > tenth:
            print(f"{self._label}: {self._done}/{self._total} {note}".rstrip(), flush=True)


class Board:
    """The tasks of one stage."""

    def __init__(self, bars: Progress | None) -> None:
        """Draw bars, or print lines where ``bars`` is None."""
        self._bars = bars

    def task(self, label: str, total: int, done: int = 0) -> Task:
        """Begin a task of ``total`` steps, of which ``done`` were done before."""
        return Task(label, total, self._bars, done)


@contextmanager
def board() -> Iterator[Board]:
    """Show the progress of tasks until the block ends."""
    console = harmless_console()
    if not console.is_terminal:
        yield Board(None)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, TimeRemainingColumn(), TextColumn("{task.fields[note]}", markup=False), console=console
    ) as bars:
        yield Board(bars)
