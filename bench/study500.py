"""A study of 500 experiments, compared: ``python bench/study500.py --from CLONE``.

CLONE is a clone of this repository after `dvc repro`, all of it committed; nothing is written there. A copy gets 500
experiments as DVC records them: a git ref each, with params.yaml, metrics and dvc.lock, and the predictions of three
seeds in DVC's cache. The predictions are those of CLONE's seeds, with some sentences' tags of another seed, and some
entities less. Then each command that compares experiments is run once, in a process of its own, on the repository and
on an archive of the same runs.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tinyner.bio import spans_to_tags, tags_to_spans
from tinyner.files import line_of, load
from tinyner.rows import Prediction
from tinyner.tables import show_rows

SEEDS = (1, 2, 3)
SHARE = 0.03  # of the sentences that get another seed's tags, and of those that lose an entity
IDENTITY = "bench <bench@example.org> 1700000000 +0000"
STUDY = "study.yaml"
ARCHIVE = "runs.jsonl.xz"


def main() -> None:
    """Make the experiments, run the commands, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--from", dest="clone", type=Path, required=True, help="a clone after `dvc repro`, committed")
    parser.add_argument("--experiments", type=int, default=500, help="default: %(default)s")
    parser.add_argument("--folder", type=Path, help="where the copy is made and kept (default: a temporary folder)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary) / "study"
        os.environ["DVC_SITE_CACHE_DIR"] = str(folder.absolute().with_name(f"{folder.name}-dvc"))
        if not folder.exists():
            make(arguments.clone, folder, arguments.experiments)
        rows = [measured(folder, *words) for words in commands()]
    print(
        f"{arguments.experiments} experiments of {len(SEEDS)} seeds; other work at the start: {os.getloadavg()[0]:.1f}"
    )
    show_rows("", rows)


def commands() -> list[tuple[str, ...]]:
    """Return the commands, in an order in which each has what it reads."""
    against = ("--against", "x-0")
    return [
        ("compare",),
        ("compare", *against),
        ("study", STUDY),
        ("archive", "-o", ARCHIVE),
        ("compare", "--from", ARCHIVE),
        ("compare", "--from", ARCHIVE, *against),
        ("report", "--from", ARCHIVE),
    ]


def measured(folder: Path, *words: str) -> dict[str, str]:
    """Run a command of tinyner, and return it with its seconds, its CPU seconds and its peak of memory.

    Raises:
        SystemExit: with what it says, where it fails.
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with tempfile.TemporaryFile() as printed:
        command = (sys.executable, "-c", "from tinyner.cli import main; main()", *words)
        process = subprocess.Popen(command, cwd=folder, stdout=printed, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        if process.returncode:
            printed.seek(0)
            sys.exit(f"tinyner {' '.join(words)}: {printed.read().decode(errors='replace')[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "command": f"tinyner {' '.join(words)}",
        "seconds": f"{seconds:.1f}",
        "CPU seconds": f"{cpu:.1f}",
        "MB": f"{usage.ru_maxrss / 1024:.0f}",
    }


def make(clone: Path, folder: Path, experiments: int) -> None:
    """Copy the clone with its outputs, and record the experiments in the copy."""
    git(Path(), "clone", "-q", str(clone.absolute()), str(folder))
    shutil.copytree(clone / ".dvc/cache/files", folder / ".dvc/cache/files")
    subprocess.run((sys.executable, "-m", "dvc", "checkout", "-q"), cwd=folder, check=True)
    lines = [lines_of(folder / f"predictions/seed_{seed}.jsonl") for seed in (1, 2)]
    metrics, lock = json.loads((folder / "metrics/evaluate.json").read_text()), (folder / "dvc.lock").read_text()
    params = yaml.safe_load((folder / "params.yaml").read_text())
    train = json.loads((folder / "metrics/train.json").read_text())
    (folder / STUDY).write_text(
        yaml.safe_dump({"experiments": {f"x-{number}": changes_of(number) for number in range(experiments)}})
    )
    head = git(folder, "rev-parse", "HEAD")
    before = next(out for out in yaml.safe_load(lock)["stages"]["train"]["outs"] if out["path"] == "predictions")["md5"]
    stream: list[bytes] = []
    for number in range(experiments):
        random_ = random.Random(number)
        predictions = keep_predictions(
            folder, {seed: perturbed(lines[seed % 2], lines[1 - seed % 2], random_) for seed in SEEDS}
        )
        changed = {**params, "train": {**params["train"], "seeds": list(SEEDS), "lr": changes_of(number)["train.lr"]}}
        files = {
            "params.yaml": yaml.safe_dump(changed, sort_keys=False),
            "metrics/evaluate.json": json.dumps(shifted(with_seeds(metrics), random_.gauss(0, 0.01)), indent=2),
            "metrics/train.json": json.dumps(with_seeds(train), indent=2),
            "dvc.lock": lock.replace(before, predictions),
        }
        stream.append(commit(f"refs/exps/{head[:2]}/{head[2:]}/x-{number}", head, files))
    git(folder, "fast-import", "--quiet", read=b"".join(stream))


def changes_of(number: int) -> dict[str, Any]:
    """Return the parameters of an experiment."""
    return {"train.lr": round(1e-5 + 1e-7 * number, 9), "train.seeds": list(SEEDS)}


def perturbed(
    lines: Sequence[tuple[bytes, bytes]], others: Sequence[tuple[bytes, bytes]], random_: random.Random
) -> bytes:
    """Return a file of predictions: a seed's, with some lines of another, and some entities less."""
    chosen = []
    for (line, less), (other, _) in zip(lines, others, strict=True):
        draw = random_.random()
        chosen.append(other if draw < SHARE else less if draw < 2 * SHARE else line)
    return b"".join(chosen)


def lines_of(path: Path) -> list[tuple[bytes, bytes]]:
    """Return the lines of a file of predictions, each as it is and without its last entity."""
    rows: list[Prediction] = load(path)
    return [(line_of(row), line_of(without_last(row))) for row in rows]


def without_last(row: Prediction) -> Prediction:
    """Return a sentence's prediction without its last entity."""
    spans = tags_to_spans(row["tags"])[:-1]
    tags, kept = spans_to_tags(spans, len(row["tags"])), len(spans)
    return {
        **row,
        "tags": tags,
        "probabilities": row["probabilities"][:kept],
        "uncalibrated": row["uncalibrated"][:kept],
    }


def with_seeds(metrics: dict[str, Any]) -> dict[str, Any]:
    """Return metrics with rows for all seeds."""
    first = metrics["seeds"][0]
    return {**metrics, "seeds": [{**first, "seed": seed} for seed in SEEDS]}


def shifted(value: Any, by: float) -> Any:
    """Return metrics with other scores."""
    if isinstance(value, dict):
        return {key: shifted(content, by) for key, content in value.items()}
    if isinstance(value, list):
        return [shifted(content, by) for content in value]
    return value + by if isinstance(value, float) and 0.2 < value < 0.95 else value


def keep_predictions(folder: Path, files: dict[int, bytes]) -> str:
    """Put files of predictions into DVC's cache as the folder ``predictions``; return its hash there."""
    listed = [{"md5": keep(folder, content), "relpath": f"seed_{seed}.jsonl"} for seed, content in files.items()]
    return keep(folder, json.dumps(listed).encode(), ".dir")


def keep(folder: Path, content: bytes, suffix: str = "") -> str:
    """Put a file into DVC's cache, and return its hash there."""
    digest = f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}{suffix}"
    path = folder / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return digest


def commit(ref: str, parent: str, files: dict[str, str]) -> bytes:
    """Return a commit as git's fast-import reads it."""
    lines = [f"commit {ref}", f"committer {IDENTITY}", "data 0", f"from {parent}"]
    parts = [f"{line}\n".encode() for line in lines]
    for path, text in files.items():
        content = text.encode()
        parts.append(f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n")
    return b"".join(parts) + b"\n"


def git(folder: Path, *words: str, read: bytes = b"") -> str:
    """Return what git prints."""
    command = (shutil.which("git") or "git", *words)
    return subprocess.run(command, cwd=folder, check=True, input=read, stdout=subprocess.PIPE).stdout.decode().strip()


if __name__ == "__main__":
    main()
