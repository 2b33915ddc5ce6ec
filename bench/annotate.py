"""Asking an LLM, side by side in one run: ``python bench/annotate.py`` (``--peers``: other tools; ``--repeats 3``).

A server on this machine, in another process, answers each request after a second, give or take a fifth. Asked the
same prompts, each in another process: (a) ours, the stage as ``dvc repro`` runs it; (b) the bare ``openai`` client
over its default transport, (c) over aiohttp, as ours. Ideal is requests x latency / concurrency. Then once more with
a limit of requests a second (ideal: requests / rate), as fast as one core goes, and from a filled reply store.

All are measured alike, from outside: asking lasts from the first request's arrival at the server to the last
response; CPU counts from that arrival to the process' end, and what was before is the start.
"""

import argparse
import importlib.metadata
import math
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotate_runs import PEERS, Peer, installed, last_line, ours, workspace
from llm_server import RESULT, served
from tinyner.files import cache
from tinyner.machine import available_cores

CORES = available_cores()
CLIENTS = {
    "ours": "(a) ours",
    "bare": "(b) bare client",
    "aiohttp": "(c) bare, aiohttp",
}
SEQUENTIAL = {"spacy_llm"}  # ask one at a time, whatever is set
SIZES: dict[str, tuple[float, float]] = {  # of the options; full, and quick
    "requests": (2000, 300),
    "latency": (1.0, 0.3),
    "repeats": (1, 1),
    "cached": (10000, 1000),
    "few": (60, 10),
}
# A reply of the form that it asks for.
CONTENT = {"langextract": '{"extractions": [{"LOC": "Paris", "LOC_attributes": {}}]}'}


def run_client(client: str, place: Path, url: str, options: argparse.Namespace, store: Path) -> dict[str, Any]:
    """Run the stage or a bare client."""
    if client == "ours":
        return ours(place, url, options.concurrency, store)
    transport = "aiohttp" if client == "aiohttp" else ""
    return Peer("bare", Path(sys.executable), transport, options.concurrency, options.rate).run(place, url)


def measure(client: str, place: Path, options: argparse.Namespace, rate: float | None) -> dict[str, Any]:
    """Run the stage or a bare client on a new server, with an empty store."""
    with served(options.latency, rate) as url, tempfile.TemporaryDirectory() as store:
        return run_client(client, place, url, options, Path(store))


def in_turn(clients: Sequence[str], options: argparse.Namespace, place: Path, rate: float | None) -> dict[str, Any]:
    """Run all clients one after another, again and again, so that a noisy minute is shared; return each one's runs."""
    runs: dict[str, list[dict[str, Any]]] = {client: [] for client in clients}
    for _ in range(options.repeats):
        for client in clients:
            run = measure(client, place, options, rate)
            if "asking" not in run or (client == "ours" and run["code"]):
                raise SystemExit(f"{CLIENTS[client]}: {last_line(run['log'])}")
            runs[client].append(run)
            print(f"{client}: asking {run['asking']:.2f} s, whole {run['whole']:.2f} s", flush=True)
    return runs


def median(runs: Sequence[dict[str, Any]], key: str) -> float:
    """Return the median of a figure over repeats."""
    return float(statistics.median(run[key] for run in runs))


def spread(runs: Sequence[dict[str, Any]], key: str, divisor: float = 1.0, digits: int = 2) -> str:
    """Return median (least to most) of a figure, divided by something."""
    values = [run[key] / divisor for run in runs]
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def print_table(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("", title=title, title_justify="left", box=None)
    for name in names:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*row)
    Console(width=150).print(table)


def print_goal(what: str, value: float, most: float) -> None:
    """Print whether a goal was met."""
    print(f"goal: {what} at most {most:g}: {value:.3g}, {'met' if value <= most else 'NOT met'}", flush=True)


def show_open(runs_by_client: dict[str, Any], options: argparse.Namespace) -> None:
    """Print the runs without a limit."""
    ideal = options.requests * options.latency / options.concurrency
    bare = median(runs_by_client["bare"], "cpu")
    rows = []
    for client, runs in runs_by_client.items():
        cpu = median(runs, "cpu")
        rows.append(
            [
                CLIENTS[client],
                spread(runs, "asking"),
                f"{median(runs, 'asking') / ideal:.3f}",
                spread(runs, "cpu", options.requests / 1e3),
                f"{cpu / bare:.2f}",
                f"{options.requests / cpu:.0f}",
                f"{median(runs, 'start'):.2f}",
                f"{median(runs, 'whole'):.2f}",
                f"{median(runs, 'memory'):.0f}",
                f"{median(runs, 'most'):.0f}",
            ]
        )
    sizes = f"{options.requests} requests, {options.concurrency} at once, {options.latency:g} s each"
    names = ("asking, s", "x ideal", "CPU, ms a request", "x (b)", "a core could ask, /s")
    print_table(f"{sizes}: ideal {ideal:.2f} s", (*names, "start, s", "whole, s", "peak, MB", "most at once"), rows)
    print_goal("ours, asking / ideal", median(runs_by_client["ours"], "asking") / ideal, 1.1)
    print_goal("ours, CPU a request / bare client's", median(runs_by_client["ours"], "cpu") / bare, 1.3)


def show_limited(runs_by_client: dict[str, Any], options: argparse.Namespace) -> None:
    """Print the runs with a limit."""
    ideal = options.requests / options.rate
    rows = []
    for client, runs in runs_by_client.items():
        lost = statistics.median(options.requests - run["replies"] for run in runs)
        rows.append(
            [
                CLIENTS[client],
                spread(runs, "asking"),
                f"{median(runs, 'asking') / ideal:.3f}",
                spread(runs, "refused", digits=0),
                spread(runs, "late", digits=0),
                f"{lost:.0f}",
                spread(runs, "cpu", options.requests / 1e3),
            ]
        )
    title = f"{options.requests} requests at most {options.rate:g} a second: ideal {ideal:.2f} s"
    names = ("asking, s", "x ideal", "429s", "429s after the limit was told", "replies lost", "CPU, ms a request")
    print_table(title, names, rows)
    print_goal("ours, asking / ideal", median(runs_by_client["ours"], "asking") / ideal, 1.05)
    print_goal("ours, 429s after the limit was told", max(run["late"] for run in runs_by_client["ours"]), 0)


def show_stored(options: argparse.Namespace, folder: Path) -> None:
    """Ask as fast as one core can, and then take the same replies from the store; print both."""
    place, store = workspace(folder, options.cached), folder / "store"
    rows = []
    for client, label in CLIENTS.items():
        with served(0.0, None) as url:
            run = run_client(client, place, url, options, store)
        if run["replies"] != options.cached:
            raise SystemExit(f"{label}: replies are missing: {last_line(run['log'])}")
        cpu = run["cpu"] / options.cached * 1e3
        rows.append([label, f"{run['asking']:.2f}", f"{options.cached / run['asking']:.0f}", f"{cpu:.2f}"])
    title = f"{options.cached} requests, no latency: as fast as one core asks"
    print_table(title, ("asking, s", "requests/s", "CPU, ms a request"), rows)
    runs = [ours(place, None, options.concurrency, store) for _ in range(max(5, options.repeats))]
    if any(run["replies"] != options.cached for run in runs):
        raise SystemExit(f"{CLIENTS['ours']}: replies are missing: {last_line(place / 'log.txt')}")
    print_table(
        f"{options.cached} replies from the store",
        ("whole, s", "CPU, s", "peak, MB"),
        [[CLIENTS["ours"], spread(runs, "whole"), spread(runs, "cpu_whole"), spread(runs, "memory", digits=0)]],
    )
    print_goal("whole, s", median(runs, "whole"), 2.0)


def show_peers(options: argparse.Namespace, folder: Path, rate: float | None) -> None:
    """Run ours, the bare client and other tools, each once, and print each row as it is done."""
    rows, bare = [], math.nan
    for name in ("bare", "ours", *options.only):
        if rate and name in SEQUENTIAL:
            continue  # one at a time never reaches the limit
        count = options.few if name in SEQUENTIAL else options.requests
        place = workspace(folder, count)
        if name in CLIENTS:
            run, label = measure(name, place, options, rate), CLIENTS[name]
        else:
            peer = Peer(name, installed(options.peers, name), "", options.concurrency, rate)
            with served(options.latency, rate, CONTENT.get(name, RESULT)) as url:
                run = peer.run(place, url)
            label = f"{name} {run.get('version', '')}"
        if run["error"]:
            print(f"{name}: {run['error']}", flush=True)
        ideal = count / rate if rate else count * options.latency / options.concurrency
        asking, cpu = run.get("asking", math.nan), run.get("cpu", math.nan) / count * 1e3
        bare = cpu if name == "bare" else bare
        figures = [f"{asking:.2f}", f"{asking / ideal:.2f}", f"{cpu:.2f}", f"{cpu / bare:.1f}"]
        figures += [f"{run.get('start', math.nan):.1f}", f"{run['whole']:.1f}", f"{run['memory']:.0f}"]
        counts = [f"{run['most']}", f"{run['refused']}", f"{run['late']}", f"{run['code']}"]
        rows.append([label, f"{run['replies']}/{count}", *figures, *counts])
        print(" | ".join(rows[-1]), flush=True)
    names = ("replies", "asking, s", "x ideal", "CPU, ms a request", "x (b)", "start, s", "whole, s", "peak, MB")
    title = f"beside other tools, {f'at most {rate:g} requests a second' if rate else 'no limit'}"
    print_table(title, (*names, "most at once", "429s", "429s later", "exit code"), rows)


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int)
    parser.add_argument("--latency", type=float, help="seconds")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second, of the run with a limit; 0: none")
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--cached", type=int, help="replies in the store; 0: not measured")
    parser.add_argument("--quick", action="store_true", help="small numbers, to try it")
    parser.add_argument(
        "--peers", type=Path, nargs="?", const=cache() / "bench-peers", help="other tools too, installed in a folder"
    )
    parser.add_argument("--only", nargs="*", choices=list(PEERS), default=list(PEERS), help="of the other tools")
    parser.add_argument("--few", type=int, help="requests of a tool that asks one at a time")
    options = parser.parse_args()
    for name, (full, quick) in SIZES.items():
        if getattr(options, name) is None:
            setattr(options, name, quick if options.quick else full)
    for name in options.only if options.peers else ():
        installed(options.peers, name)
    print(f"{CORES} cores, Python {sys.version.split()[0]}, openai {importlib.metadata.version('openai')}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = workspace(Path(folder), options.requests)
        show_open(in_turn(list(CLIENTS), options, place, None), options)
        if options.rate:
            show_limited(in_turn(["ours", "bare"], options, place, options.rate), options)
        if options.cached:
            show_stored(options, Path(folder))
        if options.peers:
            for rate in (None, options.rate) if options.rate else (None,):
                show_peers(options, Path(folder), rate)


if __name__ == "__main__":
    main()
