"""Asking an LLM, side by side in one run: ``python bench/annotate.py`` (``--peers``: other tools, too).

A server on this machine, in a process of its own, answers each request after a second, give or take a fifth.
Asked the same prompts, each in a process of its own: (a) ours, the stage as ``dvc repro`` runs it; (b) the bare
``openai`` client over its default transport, (c) over aiohttp, as ours. Ideal is requests x latency / concurrency.
Then once more with a limit of requests a second (ideal: requests / rate), as fast as one core goes, and from a filled
reply store.

Seen from outside, alike for all: asking lasts from the first request's arrival at the server to the last response;
CPU counts from that arrival to the process' end, and what was before is the start.
"""

import argparse
import asyncio
import importlib.metadata
import json
import math
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinyner.files import cache

CORES = len(os.sched_getaffinity(0))
HERE = Path(__file__).resolve().parent
MODEL, SAMPLING = "gpt-4.1-mini", {"temperature": 0, "max_completion_tokens": 1024}
PROBE = 400  # bytes; a shorter request is no sentence's: some tools ask something first
LIMIT = 900  # seconds, after which a run is ended
WAYS = {
    "ours": "(a) ours",
    "bare": "(b) bare client",
    "aiohttp": "(c) bare, aiohttp",
}
PEERS = {
    "curator": ("bespokelabs-curator==0.1.31",),
    "distilabel": ("distilabel[openai]==1.5.3", "requests"),
    "langextract": ("langextract[openai]==1.7.1",),
    "spacy_llm": ("spacy-llm==0.7.4",),
}
SEQUENTIAL = {"spacy_llm"}  # ask one at a time, whatever is set
SIZES: dict[str, tuple[float, float]] = {  # of the options; full, and quick
    "requests": (2000, 300),
    "latency": (1.0, 0.3),
    "repeats": (3, 1),
    "cached": (10000, 1000),
    "few": (60, 10),
}
RESULT = 'Result: {"LOC": ["Paris"], "PER": ["Someone"]}'
# A reply of the form that it asks for.
CONTENT = {"langextract": '{"extractions": [{"LOC": "Paris", "LOC_attributes": {}}]}'}


# The server


@dataclass
class Server:
    """An endpoint with a latency, and maybe a limit: a bucket of one second's requests, told as limits a minute."""

    latency: float
    rate: float | None
    body: bytes
    seen: dict[str, Any] = field(default_factory=lambda: {"requests": 0, "answered": 0, "refused": 0, "late": 0})
    most: int = 0
    now: int = 0
    pid: int = 0
    first: float | None = None
    last: float = 0.0
    learned: float = math.inf  # a second after the first answer
    level: float = 0.0
    minute: float = 0.0
    at: float = 0.0

    def taken(self) -> bool:
        """Whether there is room for one more request under the limit."""
        if not self.rate:
            return True
        now = time.monotonic()
        self.level = min(self.rate, self.level + (now - self.at) * self.rate)
        self.minute = min(60 * self.rate, self.minute + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        self.minute -= 1
        return True

    def limits(self) -> bytes:
        """The headers that tell the limit, as OpenAI sends them."""
        if not self.rate:
            return b""
        limit = 60 * self.rate
        return (
            b"x-ratelimit-limit-requests: %d\r\nx-ratelimit-remaining-requests: %d\r\n"
            b"x-ratelimit-reset-requests: %.3fs\r\n" % (limit, self.minute, (limit - self.minute) / self.rate)
        )

    def stats(self) -> dict[str, Any]:
        """What was seen so far."""
        return {**self.seen, "most": self.most, "first": self.first, "last": self.last}


class Connection(asyncio.Protocol):
    """HTTP/1.1, one request after another, as cheaply as it goes: nothing is parsed but where a request ends."""

    def __init__(self, server: Server) -> None:
        """A connection of this server."""
        self.server, self.data = server, b""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect a request until it is whole."""
        self.data += data
        head, end, body = self.data.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.lower().split(b"\r\n")
        size = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(body) >= size:
            self.data = b""
            self.take(head, size)

    def take(self, head: bytes, size: int) -> None:
        """Answer later, or refuse at once."""
        server = self.server
        if head.startswith(b"GET /watch/"):
            server.pid = int(head.split()[1][7:])
            self.send(200, b"", b"{}")
            return
        if head.startswith(b"GET /stats"):
            self.send(200, b"", json.dumps(server.stats()).encode())
            return
        if size < PROBE:
            self.send(200, server.limits(), server.body)
            return
        now = time.monotonic()
        if server.first is None:
            server.first, server.seen["cpu"] = now, cpu_of(server.pid)
        server.seen["requests"] += 1
        if not server.taken():
            server.seen["refused"] += 1
            server.seen["late"] += now > server.learned
            told = {"message": "Rate limit reached for requests", "type": "requests", "code": "rate_limit_exceeded"}
            self.send(429, server.limits() + b"Retry-After: 1\r\n", json.dumps({"error": told}).encode())
            return
        server.now += 1
        server.most = max(server.most, server.now)
        delay = server.latency * random.uniform(0.8, 1.2)
        asyncio.get_running_loop().call_later(delay, self.answer, server.limits())

    def answer(self, limits: bytes) -> None:
        """Send the reply."""
        server = self.server
        self.send(200, limits, server.body)
        server.now -= 1
        server.seen["answered"] += 1
        server.last = time.monotonic()
        server.learned = min(server.learned, server.last + 1.0)

    def send(self, status: int, headers: bytes, body: bytes) -> None:
        """A response."""
        if not self.transport.is_closing():
            reason = b"OK" if status == 200 else b"Too Many Requests"
            self.transport.write(
                b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
                % (status, reason, len(body), headers, body)
            )


async def serve(latency: float, rate: float | None, content: str) -> None:
    """Serve until killed; the port is the first line printed."""
    random.seed(0)
    message = {"role": "assistant", "content": content}
    answer = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 500, "completion_tokens": 30, "total_tokens": 530},
    }
    server = Server(latency, rate, json.dumps(answer).encode())
    server.level, server.minute, server.at = rate or 0.0, 60 * (rate or 0.0), time.monotonic()
    listening = await asyncio.get_running_loop().create_server(lambda: Connection(server), "127.0.0.1", 0, backlog=2048)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and all under it have taken so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = [
            int(one) for path in Path(f"/proc/{pid}/task").iterdir() for one in (path / "children").read_text().split()
        ]
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + sum(map(cpu_of, children))


@contextmanager
def served(latency: float, rate: float | None, content: str = RESULT) -> Iterator[str]:
    """The address of a server of its own."""
    task = json.dumps([latency, rate, content])
    process = subprocess.Popen(
        [sys.executable, str(HERE / "annotate.py"), "--serve", task], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


# What is asked


def prepare(folder: Path, count: int) -> None:
    """A workspace with so many sentences of CoNLL's training split, each once, and the prompts that the stage makes."""
    from tinyner.annotate import templates  # noqa: PLC0415
    from tinyner.files import write_rows  # noqa: PLC0415
    from tinyner.params import load_params  # noqa: PLC0415, in a process of its own: a child's peak memory counts its parent's
    from tinyner.prepare import corpus  # noqa: PLC0415
    from tinyner.rows import text_of  # noqa: PLC0415

    everything = load_params()
    rows = {text_of(row): row for row in corpus.read("wheel", list(everything.types))["train"]}
    chosen = dict(list(rows.items())[:count])
    if len(chosen) < count:
        raise SystemExit(f"there are {len(chosen)} different sentences, not {count}")
    for folder_name in ("prompts", "data/recorded"):
        shutil.copytree(folder_name, folder / folder_name)
    half = count // 2
    write_rows(folder / "data/prepared/target.jsonl", list(chosen.values())[:half])
    write_rows(folder / "data/prepared/related.jsonl", list(chosen.values())[half:])
    write_rows(folder / "data/prepared/original.jsonl", [])
    template = templates.load("standard")
    prompt = template.render(everything.types, everything.annotate.definitions, [])
    head, *blocks = template.text.split("\n\nSentence: ")
    shots = []
    for block in blocks[:-1]:
        text, _, result = block.partition("\nResult: ")
        shots.append({"text": text, "entities": json.loads(result)})
    told = {
        "prompts": [prompt.fill(row) for row in chosen.values()],
        "texts": list(chosen),
        "template": template.text,
        "instruction": head,
        "shots": shots,
    }
    (folder / "asked.json").write_text(json.dumps(told))


def workspace(folder: Path, count: int) -> Path:
    """The same, made by a process of its own."""
    path = folder / f"workspace-{count}"
    if not path.exists():
        path.mkdir()
        command = [sys.executable, str(HERE / "annotate.py"), "--prepare", str(path), "--requests", str(count)]
        subprocess.run(command, cwd=HERE.parent, check=True)
    return path


def configure(place: Path, url: str, concurrency: int) -> None:
    """params.yaml as it is, but for the annotator and its prompts."""
    import yaml  # noqa: PLC0415

    knobs = yaml.safe_load((HERE.parent / "params.yaml").read_text())
    knobs["annotate"] |= {"annotator": "openai", "prompts": {"target": "standard", "related": "standard"}}
    own = {"base_url": f"{url}/v1", "model": MODEL, "sampling": SAMPLING, "concurrency": concurrency}
    knobs["annotate"]["annotators"]["openai"] |= own
    (place / "params.yaml").write_text(yaml.safe_dump(knobs))


# Runs


def watched(command: Sequence[str], url: str | None, log: Path, **more: Any) -> dict[str, Any]:
    """Run a command to its end; seconds, CPU and memory of it and its children, and what the server saw."""
    with log.open("wb") as file:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, **more)
        killer = threading.Timer(LIMIT, os.killpg, (process.pid, signal.SIGKILL))
        killer.start()
        if url:
            urllib.request.urlopen(f"{url}/watch/{process.pid}").close()  # noqa: S310
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.monotonic()
        killer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    found: dict[str, Any] = {
        "code": process.returncode,
        "whole": ended - begun,
        "cpu_whole": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1e3,
        "log": log,
    }
    if url:
        with urllib.request.urlopen(f"{url}/stats") as response:  # noqa: S310
            found |= json.load(response)
        if found["first"] is not None:
            found["start"] = found["first"] - begun
            found["asking"] = found["last"] - found["first"]
            found["cpu"] = found["cpu_whole"] - found["cpu"]
    return found


def ours(place: Path, url: str | None, concurrency: int, store: Path) -> dict[str, Any]:
    """The stage."""
    configure(place, url or "http://127.0.0.1:9", concurrency)
    shutil.rmtree(place / "data/annotated", ignore_errors=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    variables = {**kept, "TINYNER_REPLIES": str(store), "OPENAI_API_KEY": "x"}
    command = [sys.executable, "-m", "tinyner.annotate"]
    found = watched(command, url, place / "log.txt", cwd=place, env=variables)
    rows = [
        path.read_bytes() for path in (place / "data/annotated").glob("*.jsonl") if path.stem in ("target", "related")
    ]
    return {**found, "replies": sum(row.count(b"\n") for row in rows), "error": "" if not found["code"] else "failed"}


def driven(  # noqa: PLR0917
    name: str, way: str, python: Path, place: Path, url: str, given: argparse.Namespace
) -> dict[str, Any]:
    """A script of bench/peers."""
    with tempfile.TemporaryDirectory(dir=place) as scratch:
        folder = Path(scratch)
        out, task = folder / "out.json", folder / "task.json"
        told = json.loads((place / "asked.json").read_bytes())
        told |= {"base_url": f"{url}/v1", "model": MODEL, "sampling": SAMPLING, "concurrency": given.concurrency}
        told |= {"way": way, "rate": given.rate, "out": str(out), "folder": str(folder / "own")}
        task.write_text(json.dumps(told))
        variables = {
            **os.environ,
            "HOME": str(folder),  # caches too
            "OPENAI_API_KEY": "x",
            "HF_HUB_OFFLINE": "1",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "TELEMETRY_ENABLED": "false",
            "DISTILABEL_LOG_LEVEL": "WARNING",  # or it logs each request
        }
        # -P: a script named after what it imports is not to find itself
        command = [str(python), "-P", str(HERE / "peers" / f"{name}.py"), str(task)]
        found = watched(command, url, place / f"{name}.log", env=variables, cwd=folder)
        said = json.loads(out.read_bytes()) if out.exists() else {"replies": 0, "error": last_line(found["log"])}
    return {**found, **said}


def last_line(log: Path) -> str:
    """What a process said last."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "said nothing"


def measure(way: str, place: Path, given: argparse.Namespace, rate: float | None) -> dict[str, Any]:
    """Ours or a bare client, on a server of its own."""
    with served(given.latency, rate) as url:
        if way == "ours":
            with tempfile.TemporaryDirectory() as store:
                return ours(place, url, given.concurrency, Path(store))
        return driven("bare", way, Path(sys.executable), place, url, given)


def in_turn(ways: Sequence[str], given: argparse.Namespace, place: Path, rate: float | None) -> dict[str, Any]:
    """All ways, one after another, again and again, so that a noisy minute is shared."""
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for _ in range(given.repeats):
        for way in ways:
            one = measure(way, place, given, rate)
            if "asking" not in one or (way == "ours" and one["code"]):
                raise SystemExit(f"{WAYS[way]}: {last_line(one['log'])}")
            found[way].append(one)
            print(f"{way}: asking {one['asking']:.2f} s, whole {one['whole']:.2f} s", flush=True)
    return found


# Tables


def median(rows: Sequence[dict[str, Any]], key: str) -> float:
    """Of a figure, over repeats."""
    return float(statistics.median(row[key] for row in rows))


def spread(rows: Sequence[dict[str, Any]], key: str, each: float = 1.0, digits: int = 2) -> str:
    """Median (least to most), each divided by something."""
    values = [row[key] / each for row in rows]
    told = f"{statistics.median(values):.{digits}f}"
    return told if len(values) == 1 else f"{told} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def table(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print one."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    shown = Table("", title=title, title_justify="left", box=None)
    for name in names:
        shown.add_column(name, justify="right")
    for row in rows:
        shown.add_row(*row)
    Console(width=150).print(shown)


def goal(what: str, value: float, most: float) -> None:
    """Say whether it was met."""
    print(f"goal: {what} at most {most:g}: {value:.3g}, {'met' if value <= most else 'NOT met'}", flush=True)


def show_open(found: dict[str, Any], given: argparse.Namespace) -> None:
    """Without a limit."""
    ideal = given.requests * given.latency / given.concurrency
    bare = median(found["bare"], "cpu")
    rows = []
    for way, one in found.items():
        cpu = median(one, "cpu")
        rows.append(
            [
                WAYS[way],
                spread(one, "asking"),
                f"{median(one, 'asking') / ideal:.3f}",
                spread(one, "cpu", given.requests / 1e3),
                f"{cpu / bare:.2f}",
                f"{given.requests / cpu:.0f}",
                f"{median(one, 'start'):.2f}",
                f"{median(one, 'whole'):.2f}",
                f"{median(one, 'memory'):.0f}",
                f"{median(one, 'most'):.0f}",
            ]
        )
    title = f"{given.requests} requests, {given.concurrency} at once, {given.latency:g} s each: ideal {ideal:.2f} s"
    names = ("asking, s", "x ideal", "CPU, ms a request", "x (b)", "a core could ask, /s")
    table(title, (*names, "start, s", "whole, s", "peak, MB", "most at once"), rows)
    goal("ours, asking / ideal", median(found["ours"], "asking") / ideal, 1.1)
    goal("ours, CPU a request / bare client's", median(found["ours"], "cpu") / bare, 1.3)


def show_limited(found: dict[str, Any], given: argparse.Namespace) -> None:
    """With a limit."""
    ideal = given.requests / given.rate
    rows = []
    for way, one in found.items():
        lost = statistics.median(given.requests - row["replies"] for row in one)
        rows.append(
            [
                WAYS[way],
                spread(one, "asking"),
                f"{median(one, 'asking') / ideal:.3f}",
                spread(one, "refused", digits=0),
                spread(one, "late", digits=0),
                f"{lost:.0f}",
                spread(one, "cpu", given.requests / 1e3),
            ]
        )
    title = f"{given.requests} requests at most {given.rate:g} a second: ideal {ideal:.2f} s"
    names = ("asking, s", "x ideal", "429s", "429s after the limit was told", "replies lost", "CPU, ms a request")
    table(title, names, rows)
    goal("ours, asking / ideal", median(found["ours"], "asking") / ideal, 1.05)
    goal("ours, 429s after the limit was told", max(row["late"] for row in found["ours"]), 0)


def show_stored(given: argparse.Namespace, folder: Path) -> None:
    """As fast as one core asks, and then the same from the store."""
    place, store = workspace(folder, given.cached), folder / "store"
    rows = []
    for way in ("ours", "bare", "aiohttp"):
        with served(0.0, None) as url:
            if way == "ours":
                one = ours(place, url, given.concurrency, store)
            else:
                one = driven("bare", way, Path(sys.executable), place, url, given)
        if one["replies"] != given.cached:
            raise SystemExit(f"{WAYS[way]}: replies are missing: {last_line(one['log'])}")
        cpu = one["cpu"] / given.cached * 1e3
        rows.append([WAYS[way], f"{one['asking']:.2f}", f"{given.cached / one['asking']:.0f}", f"{cpu:.2f}"])
    title = f"{given.cached} requests, no latency: as fast as one core asks"
    table(title, ("asking, s", "requests/s", "CPU, ms a request"), rows)
    found = [ours(place, None, given.concurrency, store) for _ in range(max(5, given.repeats))]
    if any(one["replies"] != given.cached for one in found):
        raise SystemExit(f"{WAYS['ours']}: replies are missing: {last_line(place / 'log.txt')}")
    table(
        f"{given.cached} replies from the store",
        ("whole, s", "CPU, s", "peak, MB"),
        [[WAYS["ours"], spread(found, "whole"), spread(found, "cpu_whole"), spread(found, "memory", digits=0)]],
    )
    goal("whole, s", median(found, "whole"), 2.0)


def installed(folder: Path, name: str) -> Path:
    """The python of a peer's own environment, made where there is none; their pins don't agree on one."""
    python = folder / name / "bin/python"
    if not (folder / name / "done").exists():
        print(f"{folder / name}: installing {', '.join(PEERS[name])}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder / name)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qq", *PEERS[name]], check=True)
        (folder / name / "done").touch()
    return python


def show_peers(given: argparse.Namespace, folder: Path, rate: float | None) -> None:
    """Ours, the bare client and other tools, each once."""
    rows, bare = [], math.nan
    for name in ("bare", "ours", *given.only):
        if rate and name in SEQUENTIAL:
            continue  # one at a time never reaches it
        count = given.few if name in SEQUENTIAL else given.requests
        place = workspace(folder, count)
        if name in WAYS:
            one, told = measure(name, place, given, rate), WAYS[name]
        else:
            with served(given.latency, rate, CONTENT.get(name, RESULT)) as url:
                asked = argparse.Namespace(concurrency=given.concurrency, rate=rate)
                one = driven(name, "", installed(given.peers, name), place, url, asked)
            told = f"{name} {one.get('version', '')}"
        if one["error"]:
            print(f"{name}: {one['error']}", flush=True)
        ideal = count / rate if rate else count * given.latency / given.concurrency
        asking, cpu = one.get("asking", math.nan), one.get("cpu", math.nan) / count * 1e3
        bare = cpu if name == "bare" else bare
        figures = [f"{asking:.2f}", f"{asking / ideal:.2f}", f"{cpu:.2f}", f"{cpu / bare:.1f}"]
        figures += [f"{one.get('start', math.nan):.1f}", f"{one['whole']:.1f}", f"{one['memory']:.0f}"]
        counts = [f"{one['most']}", f"{one['refused']}", f"{one['late']}", f"{one['code']}"]
        rows.append([told, f"{one['replies']}/{count}", *figures, *counts])
        print(" | ".join(rows[-1]), flush=True)
    names = ("replies", "asking, s", "x ideal", "CPU, ms a request", "x (b)", "start, s", "whole, s", "peak, MB")
    title = f"beside other tools, {f'at most {rate:g} requests a second' if rate else 'no limit'}"
    table(title, (*names, "most at once", "429s", "429s later", "exit code"), rows)


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
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--prepare", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(*json.loads(given.serve)))
        return
    if given.prepare:
        prepare(given.prepare, given.requests)
        return
    for name, (full, quick) in SIZES.items():
        if getattr(given, name) is None:
            setattr(given, name, quick if given.quick else full)
    for name in given.only if given.peers else ():
        installed(given.peers, name)
    print(f"{CORES} cores, Python {sys.version.split()[0]}, openai {importlib.metadata.version('openai')}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = workspace(Path(folder), given.requests)
        show_open(in_turn(list(WAYS), given, place, None), given)
        if given.rate:
            show_limited(in_turn(["ours", "bare"], given, place, given.rate), given)
        if given.cached:
            show_stored(given, Path(folder))
        if given.peers:
            for rate in (None, given.rate) if given.rate else (None,):
                show_peers(given, Path(folder), rate)


if __name__ == "__main__":
    main()
