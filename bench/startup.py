"""Whole processes of commands that do little work, in seconds: ``python bench/startup.py [MODEL]``.

Each command runs as a process of its own, ``ROUNDS`` times in turn with the others, so that what else the machine does
falls on all alike; the fastest counts. Given are seconds by the clock and seconds of processor. Run it with the
interpreter of the tree to be measured, in that tree: it imports nothing of it. MODEL is a trained student (default:
models/student, of ``dvc repro``).
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3
TINYNER = ("-m", "tinyner.cli")
COMMANDS = {
    "tinyner --help": [*TINYNER, "--help"],
    "tinyner study table2 --dry-run": [*TINYNER, "study", "table2", "--dry-run"],
    "tinyner compare --from results/quarter.jsonl.xz --table 2": [
        *(*TINYNER, "compare", "--from", "results/quarter.jsonl.xz", "--table", "2")
    ],
    "import torch": ["-c", "import torch"],
    "tinyner predict, a sentence": [*TINYNER, "predict", "{text}", "-m", "{model}"],
    "tinyner predict --runtime onnx, a sentence": [*TINYNER, "predict", "{text}", "-m", "{model}", "--runtime", "onnx"],
}
TERMINAL = ", on a terminal"
COMMANDS |= {f"{name}{TERMINAL}": words for name, words in COMMANDS.items() if "predict" in name}


def seconds_of(words: list[str], *, on_terminal: bool) -> tuple[float, float]:
    """Run a process, and return its seconds by the clock and of processor.

    Raises:
        SystemExit: where the command fails.
    """
    before = os.times()
    with tempfile.TemporaryFile() as errors:
        if on_terminal:
            ours, its = os.openpty()  # which holds more than such a command prints
            code = subprocess.run([sys.executable, *words], stdout=its, stderr=errors, check=False).returncode
            os.close(its)
            os.close(ours)
        else:
            code = subprocess.run(
                [sys.executable, *words], stdout=subprocess.PIPE, stderr=errors, check=False
            ).returncode
        after = os.times()
        if code:
            errors.seek(0)
            sys.exit(f"{' '.join(words)}: exit code {code}: {errors.read().decode()[-300:]}")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return after.elapsed - before.elapsed, processor


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {"text": f"{folder}/in.txt", "model": sys.argv[1] if len(sys.argv) > 1 else "models/student"}
        Path(paths["text"]).write_text("Blair met Clinton in Paris .\n")
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
        begun = time.perf_counter()
        for _ in range(ROUNDS):
            for name, words in COMMANDS.items():
                line = [word.format(**paths) for word in words]
                seconds[name].append(seconds_of(line, on_terminal=name.endswith(TERMINAL)))
    print("| | seconds | of processor |\n| --- | ---: | ---: |")
    for name, rounds in seconds.items():
        clock, processor = (min(column) for column in zip(*rounds, strict=True))
        print(f"| {name} | {clock:.2f} | {processor:.2f} |")
    print(f"\n{os.cpu_count()} cores; {ROUNDS} rounds in {time.perf_counter() - begun:.0f} s; {sys.executable}")


if __name__ == "__main__":
    main()
