"""The reply store with 10,000, 100,000 and 1,000,000 replies, side by side: ``python bench/store.py``.

Replies of 600 bytes are appended, each after the row that says what it may cost, as a run does. Then, in a new
process, the store is opened, and replies are looked up: 20,000 in their order, as a run does, as many random ones, and
as many that it lacks. Last, it is opened without its index, which is made anew. Times are CPU times, then
times on the clock.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tinyner.annotate.reply_rows import ReplyKey
from tinyner.annotate.store import ReplyStore
from tinyner.files import sha256_text
from tinyner.rows import Reply
from tinyner.tables import show_rows

SIZES = (10_000, 100_000, 1_000_000)
LOOKUPS = 20_000
SCOPE = "5c09e" * 8
PROMPT = sha256_text("prompt")
ANNOTATOR = "bench"


def key(number: int) -> ReplyKey:
    """Return the key of a reply."""
    return PROMPT, sha256_text(f"sentence {number}"), 0


def reply(number: int) -> Reply:
    """Return a reply, whose line has 600 bytes or so."""
    return {
        "id": f"sentence-{number:07}",
        "text_sha256": key(number)[1],
        "annotator": ANNOTATOR,
        "prompt_sha256": PROMPT,
        "reply": "A word of justification. " * 9
        + f'\nResult: {{"PER": ["Rosa {number}"], "LOC": ["Mainz"], "ORG": []}}',
        "finish_reason": "stop",
        "prompt_tokens": 400,
        "completion_tokens": 60,
        "cost_usd": 0.0012,
    }


class Clock:
    """Measures parts of a process."""

    def __init__(self) -> None:
        """Start with none."""
        self.row: dict[str, float] = {}

    @contextmanager
    def part(self, name: str, count: int = 0) -> Iterator[None]:
        """Measure a part: seconds of CPU time, or CPU microseconds for each of ``count`` steps, and on the clock."""
        cpu, clock = time.process_time(), time.monotonic()
        yield
        scale = 1e6 / count if count else 1.0
        self.row[name] = (time.process_time() - cpu) * scale
        self.row[f"{name}, clock"] = (time.monotonic() - clock) * scale

    def end(self) -> None:
        """Print what was measured, and the peak of memory, as JSON."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        print(json.dumps({**self.row, "peak": peak}))


def append(size: int) -> None:
    """Append replies to a new store."""
    store, clock = ReplyStore(ANNOTATOR), Clock()
    with store.locked(), clock.part("append", size):
        for number in range(size):
            store.record_asked(SCOPE, key(number), 0.01)
            store.put(SCOPE, reply(number))
        store.close()
    clock.end()


def look_up(size: int) -> None:
    """Open the store and look replies up."""
    random_, clock = random.Random(1), Clock()
    numbers = [random_.randrange(size) for _ in range(LOOKUPS)]
    ordered_keys = [key(number % size) for number in range(size // 2, size // 2 + LOOKUPS)]
    keys, missing_keys = [key(number) for number in numbers], [key(size + number) for number in numbers]
    with clock.part("open"):
        store = ReplyStore(ANNOTATOR)
        store.open(SCOPE)
    with clock.part("in order", LOOKUPS):
        ordered_rows = [store.get(reply_key) for reply_key in ordered_keys]
    with clock.part("look up", LOOKUPS):
        rows = [store.get(reply_key) for reply_key in keys]
    with clock.part("first miss"):
        assert store.get(key(size)) is None
    with clock.part("miss", LOOKUPS):
        misses = [store.get(reply_key) for reply_key in missing_keys]
    assert [row and row["text_sha256"] for row in ordered_rows] == [reply_key[1] for reply_key in ordered_keys]
    assert [row and row["text_sha256"] for row in rows] == [reply_key[1] for reply_key in keys]
    assert misses == [None] * LOOKUPS
    clock.end()


def rebuild(size: int) -> None:
    """Open the store without its index."""
    clock = Clock()
    ReplyStore(ANNOTATOR).path(SCOPE).with_suffix(".index").unlink()
    with clock.part("index", size):
        store = ReplyStore(ANNOTATOR)
        store.open(SCOPE)
    assert store.get(key(size - 1)) is not None
    clock.end()


PARTS = {"append": append, "look_up": look_up, "rebuild": rebuild}


def run(part: str, size: int, folder: Path) -> dict[str, float]:
    """Run a part in a process of its own."""
    command = [sys.executable, __file__, "--part", part, "--sizes", str(size)]
    variables = {**os.environ, "TINYNER_REPLIES": str(folder)}
    done = subprocess.run(command, cwd=folder, env=variables, stdout=subprocess.PIPE, text=True, check=True)
    row: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return row


def measure(size: int) -> dict[str, dict[str, float]]:
    """Run all parts on a store of that many replies."""
    with tempfile.TemporaryDirectory() as folder:
        return {part: run(part, size, Path(folder)) for part in PARTS}


def main() -> None:
    """Measure all sizes, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="of the stores, in replies")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        PARTS[options.part](options.sizes[0])
        return
    runs = {size: measure(size) for size in options.sizes}
    show_rows("CPU: µs for each reply; ms", [_row(size, parts, "") for size, parts in runs.items()])
    show_rows("on the clock: µs for each reply; ms", [_row(size, parts, ", clock") for size, parts in runs.items()])
    peaks = [
        {"replies": f"{size // 1000}k", **{f"{part}, MB": f"{row['peak']:.0f}" for part, row in parts.items()}}
        for size, parts in runs.items()
    ]
    show_rows("peak memory", peaks)


def _row(size: int, parts: dict[str, dict[str, float]], clock: str) -> dict[str, object]:
    looked_up, appended, rebuilt = parts["look_up"], parts["append"], parts["rebuild"]
    return {
        "replies": f"{size // 1000}k",
        "append": f"{appended['append' + clock]:.1f}",
        "look up, in order": f"{looked_up['in order' + clock]:.1f}",
        "at random": f"{looked_up['look up' + clock]:.1f}",
        "miss": f"{looked_up['miss' + clock]:.1f}",
        "open, ms": f"{looked_up['open' + clock] * 1e3:.1f}",
        "first miss, ms": f"{looked_up['first miss' + clock] * 1e3:.1f}",
        "new index": f"{rebuilt['index' + clock]:.1f}",
    }


if __name__ == "__main__":
    main()
