"""Kill, starve and disturb every stage and command, and look whether a plain rerun mends all.

``python bench/faults.py --trials 200 --seed 1`` makes a small project, and 200 times kills what runs in a copy of it,
by SIGKILL, at a random moment: after some time, just before the nth change of a file, or at the nth request to the
LLM; the whole group of processes, or one of them, so that the others are orphans. A tenth as many times for each, the
disk is full, a folder is read-only, the same runs twice at once (a study and `dvc repro`, too), the clock jumps. Most
runs are forked from a process that has imported everything; each eighth is a fresh process.

After each, the same command is run again, undisturbed. Then these hold, or the trial is named, and the exit code is 1:

* no file is there that is neither what an undisturbed run writes, nor was there before;
* the rerun ends without an error, or refuses to write over a folder that the first run finished; and every file has
  the bytes that an undisturbed run writes, none more, none less: of metrics/annotate.json what was asked and paid now
  aside; of the store which sentences have which replies, not their order or the rows of money;
* no reply that was stored was asked for again; at most as many as were under way were asked for twice;
* a full disk, a read-only folder and a run beside end a run with one line and exit code 2, if they end it.

There is no review page yet, so it isn't killed.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import fault_project as project
from fault_disturbances import FAULTS, Disturbance, Disturbed
from fault_kinds import KINDS, Kind, modules, stages_before
from fault_processes import Nursery, start_fresh
from fault_ray import cluster
from fault_server import Provider, serving
from tinyner.files import sha256_text
from tinyner.tables import show_rows

_LOCKED = ("study", "repro")  # start processes of their own, which the other run must not meet
_FRESH = 8  # one trial of so many starts fresh processes


@dataclass(frozen=True)
class Undisturbed:
    """What a kind's command does where nothing disturbs it."""

    base: Path
    digests: dict[str, str]
    seconds: float
    changes: int  # of files
    calls: int  # of the server
    grows: int  # bytes on the disk


class Bench:
    """The projects that trials copy, and the process that forks."""

    def __init__(self, folder: Path, nursery: Nursery, stack: ExitStack, stages: Sequence[str]) -> None:
        """Make the project, and run stages in it; ``stack`` ends what is started on the side."""
        self._folder, self._nursery, self._stack, self._ray = folder, nursery, stack, ""
        self.base = folder / "base"
        self._repro: Path | None = None
        self._undisturbed: dict[str, Undisturbed] = {}
        project.make(self.base)
        with serving() as provider:
            for stage in stages:
                self.run(self.base, KINDS["annotate-online" if stage == "annotate" else stage], provider, "base")

    def start(self, place: Path, kind: Kind, *, is_fresh: bool, log: str, **variables: str) -> Disturbed:
        """Start a kind's command in a copy."""
        environment = {**project.environment(place), **variables}
        if kind is KINDS["annotate-ray"]:
            environment["RAY_ADDRESS"] = self._ray_address()
        begin = start_fresh if is_fresh or kind.is_fresh else self._nursery.start
        return begin(kind.command, place / "project", environment, place.with_name(f"{place.name}.{log}.log"))

    def _ray_address(self) -> str:
        if not self._ray:
            self._ray = self._stack.enter_context(cluster())
        return self._ray

    def run(self, place: Path, kind: Kind, provider: Provider, log: str, **variables: str) -> None:
        """Run a kind's command, which must succeed.

        Raises:
            RuntimeError: where it doesn't.
        """
        with using(place, provider):
            run = self.start(place, kind, is_fresh=False, log=log, **variables)
            code = run.wait()
            run.wait_for_group()
        if code:
            raise RuntimeError(f"exit code {code}: {run.output()[-2000:]}")

    def base_of(self, name: str) -> Path:
        """Return the project that a kind starts from; a study needs one that DVC has run."""
        if name != "study":
            return self.base
        if self._repro is None:
            self._repro = self._folder / "repro"
            project.copy(self.base, self._repro, link=False)
            with serving() as provider:
                self.run(self._repro, KINDS["repro"], provider, "repro")
            project.run(self._repro, "git", "add", "-A")
            project.run(self._repro, "git", "commit", "-qm", "results")
        return self._repro

    def copy(self, name: str, place: Path, *, keeps_outputs: bool = False) -> None:
        """Copy the project to where a kind's command can begin."""
        kind = KINDS[name]
        project.copy(self.base_of(name), place, link=not place.is_mount())
        if kind.stage:
            project.remove_outputs(place, kind.stage, keeps_its_own=keeps_outputs)
        project.empty(place, "tmp", *kind.stores)
        if kind.change:
            kind.change(place)

    def undisturbed(self, name: str) -> Undisturbed:
        """Return what a kind's command does, which is found out once."""
        if name not in self._undisturbed:
            place, counter = self._folder / f"whole-{name}", self._folder / f"{name}.changes"
            self.copy(name, place)
            size = _size(place)
            hook = {"FAULT_ROOT": str(place), "FAULT_AT": "0", "FAULT_COUNTER": str(counter)}
            with serving() as provider:
                started = time.monotonic()
                self.run(place, KINDS[name], provider, "run", **hook)
                seconds = time.monotonic() - started
                calls = provider.calls
            self._undisturbed[name] = Undisturbed(
                place,
                project.digests(place) | _experiments(place, name),
                seconds,
                counter.stat().st_size if counter.exists() else 0,
                calls,
                max(_size(place) - size, 1),
            )
        return self._undisturbed[name]

    def trial(self, fault: str, name: str, number: int, seed: int) -> tuple[str, list[str]]:
        """Disturb a command once; return what came of the disturbed run, and what is wrong after the rerun."""
        random_ = random.Random(f"{seed} {fault} {name} {number}")
        kind, whole = KINDS[name], self.undisturbed(name)
        place = self._folder / f"{fault}-{name}-{number}"
        with ExitStack() as stack:
            provider = stack.enter_context(serving())
            disturbance: Disturbance = FAULTS[fault](
                bench=self, name=name, kind=kind, whole=whole, random_=random_, place=place
            )
            stack.callback(lambda: shutil.rmtree(place, ignore_errors=True))
            stack.enter_context(disturbance.place())
            self.copy(name, place, keeps_outputs=random_.random() < 0.5 and fault == "killed")
            before, wrong = project.digests(place), list[str]()
            with using(place, provider):
                outcome = disturbance.run(provider, wrong, is_fresh=number % _FRESH == _FRESH - 1)
                wrong += _halves(project.digests(place), before, whole.digests)
                stored = _stored(place)
                provider.on_call = None
                asked = provider.asked.copy()
                again = self.start(place, kind, is_fresh=False, log="rerun")
                code = again.wait()
                again.wait_for_group()
                for run in disturbance.runs:
                    run.wait_for_group()
            if code and not (kind.is_once and code == 2):
                wrong.append(f"the rerun ended with {code}: {again.output()[-3000:]}")
            else:
                wrong += _differences(project.digests(place) | _experiments(place, name), whole.digests)
            wrong += _paid_twice(provider, asked, stored, kind, disturbance)
        return outcome, wrong


class using:  # noqa: N801, reads as a function
    """Have a project ask a server, in a block."""

    def __init__(self, place: Path, provider: Provider) -> None:
        """Take both."""
        self._place, self._provider = place, provider

    def __enter__(self) -> None:
        """Name the server in params.yaml."""
        self._path = self._place / "project/params.yaml"
        self._text = self._path.read_text()
        project.use_server(self._place, self._provider.url)

    def __exit__(self, *_: object) -> None:
        """Name it no more."""
        self._path.write_text(self._text)


def _size(place: Path) -> int:
    return sum(-(-path.stat().st_size // 4096) * 4096 + 4096 for path in place.rglob("*") if path.is_file())


def _experiments(place: Path, name: str) -> dict[str, str]:
    """Return what experiments were recorded, and their scores."""
    if name != "study":
        return {}
    refs = project.run(place, "git", "for-each-ref", "--format=%(refname)", "refs/exps").split()
    recorded = [ref for ref in refs if "/exec/" not in ref and ref.count("/") > 3]
    return {
        f"experiment {ref.rpartition('/')[2]}": project.run(place, "git", "show", f"{ref}:metrics/evaluate.json")
        for ref in recorded
    }


def _halves(after: dict[str, str], before: dict[str, str], whole: dict[str, str]) -> list[str]:
    """Return the files that have neither what they had before, nor what an undisturbed run writes.

    A store's log grows row by row, and its database of SQLite's has a journal, by which the next reader mends it.
    """
    return [
        f"half a file: {name}"
        for name, digest in after.items()
        if name in whole and digest not in (whole[name], before.get(name)) and not name.startswith("replies/")
    ]


def _differences(after: dict[str, str], whole: dict[str, str]) -> list[str]:
    return [
        *(f"left over: {name}" for name in sorted(after.keys() - whole.keys())),
        *(f"missing: {name}" for name in sorted(whole.keys() - after.keys())),
        *(f"another content: {name}" for name in sorted(after.keys() & whole.keys()) if after[name] != whole[name]),
    ]


def _stored(place: Path) -> set[str]:
    """Return the sha256 of the sentences that have a reply in the store."""
    files = (path for path in (place / "replies").rglob("*.jsonl") if path.parent.name != "batches")
    return {row["text_sha256"] for path in files for row in project.reply_rows(path)}


def _paid_twice(
    provider: Provider, asked: Counter[str], stored: set[str], kind: Kind, disturbance: Disturbance
) -> list[str]:
    """Return which sentences were asked again though their reply was stored; and too many that were asked twice."""
    again = {sentence for sentence, count in provider.asked.items() if count > asked[sentence]}
    wrong = [f"asked again: {sentence}" for sentence in again if sha256_text(sentence) in stored]
    twice = sum(count - 1 for count in provider.asked.values())
    if twice > kind.in_flight * disturbance.interruptions:
        wrong.append(f"{twice} requests were sent twice")
    return wrong


def possible() -> list[str]:
    """Return the faults that this machine can make."""
    return [fault for fault, kind in FAULTS.items() if not kind.lacks()]


def _plan(trials: int, names: Sequence[str], seed: int) -> list[tuple[str, str, int]]:
    """Return fault, kind and number of all trials: as many kills, and a tenth as many of each other fault."""
    random_ = random.Random(seed)
    deck = [name for name in names for _ in range(KINDS[name].share)]
    others = [name for name in deck if not KINDS[name].is_fresh] or deck
    plan = []
    for fault in possible():
        count = trials if fault == "killed" else max(1, trials // 10)
        cards: list[str] = []
        for number in range(count):
            left = deck if fault == "killed" else others
            cards = cards or random_.sample(left, len(left))
            plan.append((fault, cards.pop(), number))
        if fault == "twice":
            plan += [(fault, name, count + number) for number, name in enumerate(_LOCKED) if name in names]
    return plan


def measure(
    trials: int, seed: int, names: Sequence[str], jobs: int = 1
) -> tuple[Counter[tuple[str, str, str]], list[str]]:
    """Run the trials; return counts by fault, kind and outcome, and what is wrong, a line each."""
    counts: Counter[tuple[str, str, str]] = Counter()
    wrong: list[str] = []
    nursery = Nursery(modules(names))
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
            bench = Bench(Path(folder), nursery, stack, stages_before(names))
            plan = _plan(trials, names, seed)
            for name in {name: None for _, name, _ in plan}:
                bench.undisturbed(name)

            def run(card: tuple[str, str, int]) -> tuple[str, list[str]]:
                begin = time.monotonic()
                try:
                    outcome, lines = bench.trial(*card, seed)
                except Exception:
                    outcome, lines = "failed", [traceback.format_exc()]
                print(f"{' '.join(map(str, card))}: {outcome}, {time.monotonic() - begin:.1f} s", file=sys.stderr)
                return outcome, lines

            with ThreadPoolExecutor(jobs) as pool:
                for (fault, name, number), (outcome, lines) in zip(plan, pool.map(run, plan), strict=True):
                    counts[fault, name, outcome if not lines else "wrong"] += 1
                    wrong += [f"{fault} {name} {number}: {line}" for line in lines]
                    for line in lines:
                        print(f"{fault} {name} {number} ({outcome}): {line}", flush=True)
    finally:
        nursery.close()
    return counts, wrong


def main() -> None:
    """Run the trials, and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200, help="of SIGKILL; a tenth as many of each other fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=[*KINDS], help="what is disturbed")
    parser.add_argument("--jobs", type=int, default=1, help="trials at once")
    options = parser.parse_args()
    started = time.monotonic()
    counts, wrong = measure(options.trials, options.seed, options.kinds, options.jobs)
    hours = (time.monotonic() - started) / 3600
    for fault in possible():
        outcomes = list(dict.fromkeys(outcome for of_fault, _, outcome in counts if of_fault == fault))
        names = dict.fromkeys(name for of_fault, name, _ in counts if of_fault == fault)
        show_rows(
            f"{FAULTS[fault].title()}, seed {options.seed}",
            [{"": name, **{outcome: counts[fault, name, outcome] for outcome in sorted(outcomes)}} for name in names],
        )
    for kind in FAULTS.values():
        if kind.lacks():
            print(f"{kind.title()}: not tried, and not counted: there is no {kind.lacks()} here")
    print(
        f"{sum(counts.values())} trials, {sum(counts[key] for key in counts if key[0] == 'killed')} of SIGKILL, "
        f"in {hours:.2f} hours on {os.cpu_count()} cores; {len(wrong)} wrong"
    )
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
