"""How far labelling is, on a terminal: a bar with sentences a second and the time left, and a last line."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from tinyner.predict.labelling import Counts

Step = Callable[[], None]
"""Is called behind each block."""


@contextmanager
def speed(counts: Counts, share: Callable[[], float | None], *, has_bar: bool) -> Iterator[Step]:
    """Show on standard error, where it is a terminal, how far labelling is; at the end, a line with counts and speed.

    Args:
        counts: of what is labelled; may begin above 0, where a killed run goes on.
        share: which share of the input is read, None where that is not known.
        has_bar: whether there may be a bar: not where the texts go to the same terminal.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda: None
        return
    begin, before = time.monotonic(), counts.sentences
    with _bar(counts, share, begin) if has_bar else _no_bar() as step:
        yield step
    print(last_line(counts, counts.sentences - before, time.monotonic() - begin), file=sys.stderr)


def last_line(counts: Counts, sentences: int, seconds: float) -> str:
    """Return the line at the end.

    Args:
        counts: of all that is written.
        sentences: that this run labelled.
        seconds: that it took.

    >>> last_line(Counts(2, 3, 0, {"PER": 2, "LOC": 1}), 3, 1.5)
    'tinyner: 2 texts, 3 sentences, 3 entities (PER 2, LOC 1) in 1.5 s: 2 sentences/s'
    """
    types = ", ".join(f"{label} {count:,}" for label, count in counts.labels.items() if count)
    summary = f"{counts.summary()}{f' ({types})' if types else ''}"
    rate = sentences / max(seconds, 1e-3)
    return f"tinyner: {summary} in {seconds:.1f} s: {rate:,.0f} sentences/s"


@contextmanager
def _no_bar() -> Iterator[Step]:
    yield lambda: None


@contextmanager
def _bar(counts: Counts, share: Callable[[], float | None], begin: float) -> Iterator[Step]:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # noqa: PLC0415

    from tinyner.terminal import harmless_console  # noqa: PLC0415, for a terminal alone

    before, first = counts.sentences, share() or 0.0
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=harmless_console(stderr=True), transient=True) as progress:
        bar = progress.add_task("labelling", total=None)

        def step() -> None:
            done, seconds = share(), max(time.monotonic() - begin, 1e-3)
            text = f"{counts.sentences:,} sentences, {(counts.sentences - before) / seconds:,.0f}/s"
            if done is not None and done > first:
                text += f", {timedelta(seconds=round((1 - done) / (done - first) * seconds))} left"
            progress.update(bar, description=text, total=None if done is None else 1.0, completed=done or 0.0)

        yield step
