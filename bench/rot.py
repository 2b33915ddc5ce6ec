"""Damage files, read them with the code that reads them always, and count what comes of it.

``python bench/rot.py store --flips 1000 --seed 1`` damages each kind of file whose name begins with ``store``: a bit is
flipped, 1,000 times, each time in a new copy; then a quarter as often for each, the file is cut off, a part of it is
doubled or deleted, bytes are overwritten. What may come of it:

* refused: one line says what is wrong, and names the file or its folder;
* harmless: what is read is what was written;
* again: something is missing, and a line says so; what is there is what was written. It is asked or made again;
* edit: another value that fits as well, as a user may have written it. It can't be found in the file alone: of
  params.yaml and dvc.lock `dvc status` shows it, and of a prompt, a study or an archive that lacks whole runs Git does;
* wrong: anything else. Then it exits with code 1, and names the damage.
"""

import argparse
import contextlib
import importlib
import io
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from rot_kind import Kind
from tinyner.errors import UserError
from tinyner.tables import show_rows

OUTCOMES = ("refused", "harmless", "again", "edit", "wrong")


GROUPS = {
    "store": "rot_store",
    "model": "rot_model",
    "cell": "rot_cells",
    "export": "rot_exports",
    "spacy": "rot_spacy",
    "archive": "rot_archives",
    "pipeline": "rot_pipeline",
    "shard": "rot_shards",
    "fetched": "rot_fetched",
    "input": "rot_inputs",
}
"""Groups of kinds, each with the module that has them; all kinds of a group begin with its name."""


def kinds(names: Sequence[str]) -> dict[str, Kind]:
    """Return the kinds that are named, or whose group is."""
    modules = dict.fromkeys(GROUPS[group] for group in (name.partition("-")[0] for name in names) if group in GROUPS)
    table = {name: kind for module in modules for name, kind in importlib.import_module(module).KINDS.items()}
    return {name: kind for name, kind in table.items() if {name, name.partition("-")[0]} & set(names)}


def flip(content: bytes, random_: random.Random) -> bytes:
    """Return the content with a bit flipped."""
    place = random_.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << random_.randrange(8)]) + content[place + 1 :]


def truncate(content: bytes, random_: random.Random) -> bytes:
    """Return the beginning of the content."""
    return content[: random_.randrange(len(content))]


def _span(content: bytes, random_: random.Random) -> tuple[int, int]:
    """Return a part of the content, a whole line as often as not."""
    begin = random_.randrange(len(content))
    if random_.random() < 0.5:
        return content.rfind(b"\n", 0, begin) + 1, content.find(b"\n", begin) + 1 or len(content)
    return begin, min(len(content), begin + random_.choice((1, 2, 8, 100, 2000)))


def double(content: bytes, random_: random.Random) -> bytes:
    """Return the content with a part of it twice."""
    begin, end = _span(content, random_)
    return content[:end] + content[begin:end] + content[end:]


def delete(content: bytes, random_: random.Random) -> bytes:
    """Return the content without a part of it."""
    begin, end = _span(content, random_)
    return content[:begin] + content[end:]


def edit(content: bytes, random_: random.Random) -> bytes:
    """Return the content with some bytes overwritten: by letters, digits, zeros, or newlines."""
    begin = random_.randrange(len(content))
    length = min(len(content) - begin, random_.choice((1, 1, 3, 20)))
    return content[:begin] + bytes(random_.choices(b'aeioE019\0\n"{}', k=length)) + content[begin + length :]


DAMAGES = {"flipped": flip, "cut off": truncate, "doubled": double, "deleted": delete, "edited": edit}


@dataclass(frozen=True)
class Made:
    """A folder with an undamaged file, and what is read from it."""

    kind: Kind
    folder: Path
    file: Path
    value: Any


def trial(made: Made, place: Path, damage: Callable[[bytes, random.Random], bytes], random_: random.Random) -> str:
    """Damage the file in a copy of the folder, read it, and return the outcome."""
    shutil.copytree(made.folder, place)
    path = place / made.file.relative_to(made.folder)
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(damage(content, random_))
    if random_.random() < 0.5:  # as where the disk itself has rotted
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.chdir(place):
            value = made.kind.read(place)
    except UserError as error:  # which ``errors.run`` prints
        if "\n" not in str(error) and any(
            name in str(error) for name in (path.name, path.parent.name, *made.kind.said_as)
        ):
            return "refused"
        print(f"not a line that names {path.name}: {error}", file=sys.stderr)
        return "wrong"
    except Exception:
        traceback.print_exc()
        return "wrong"
    if made.kind.is_same(made.value, value):
        return "harmless"
    if out.getvalue() and made.kind.lacks(made.value, value):
        return "again"
    return "edit" if made.kind.is_edit(made.value, value) else "wrong"


def measure(name: str, kind: Kind, flips: int, seed: int, folder: Path) -> dict[str, Counter[str]]:
    """Damage files of a kind; return the counts of the outcomes by damage."""
    source, whole = folder / "source", folder / "whole"
    source.mkdir()
    with contextlib.redirect_stdout(io.StringIO()):  # what it says to damage alone counts
        with contextlib.chdir(source):
            file = kind.make(source)
        shutil.copytree(source, whole)
        with contextlib.chdir(whole):
            made = Made(kind, source, file, kind.read(whole))
    trials = [
        (damage, f"{seed} {name} {damage} {number}")
        for damage in DAMAGES
        for number in range(flips if damage == "flipped" else flips // 4)
    ]
    counts: dict[str, Counter[str]] = {damage: Counter() for damage in DAMAGES}
    for damage, seeds in track(trials, description=name, disable=not sys.stderr.isatty()):
        place = folder / "trial"
        outcome = trial(made, place, DAMAGES[damage], random.Random(seeds))
        counts[damage][outcome] += 1
        if outcome == "wrong":
            print(f"wrong: {seeds}", flush=True)
        shutil.rmtree(place)
    return counts


def main() -> None:
    """Damage files of the kinds that are named, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="+", help=f"kinds, or groups of them: {', '.join(GROUPS)}")
    parser.add_argument("--flips", type=int, default=1000, help="of bits, for each kind")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    table = kinds(options.kinds)
    if not table:
        parser.error(f"no such kind; there are the groups {', '.join(GROUPS)}")
    rows: list[dict[str, object]] = []
    for name, kind in table.items():
        with tempfile.TemporaryDirectory() as folder:
            counts = measure(name, kind, options.flips, options.seed, Path(folder))
        for damage, of_damage in counts.items():
            rows.append({"file": name, "": damage, **{outcome: of_damage[outcome] for outcome in OUTCOMES}})
    show_rows(f"{options.flips} flips, seed {options.seed}", rows)
    if any(row["wrong"] for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
