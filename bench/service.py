"""The service under load, side by side in one run: ``python bench/service.py [MODEL] [-- OPTION ...]``.

Two processes of ``tinyner serve-student`` with the same options: the first computes requests that wait together, the
second each by itself (``--batch-texts 1``). Clients of aiohttp in this process, on the same cores, send sentences of
CoNLL's test split, a sentence a request, each client its next as soon as it has the answer to its last. The two are
measured in turn, ``ROUNDS`` times each; the round with the most requests a second counts. Latency is from the request
to the whole answer. MODEL is a trained student (default: models/student, of ``dvc repro``); OPTION, such as
``--runtime onnx``, goes to both.
"""

import asyncio
import itertools
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp

from tinyner.machine import available_cores
from tinyner.prepare import corpus

CLIENTS = (1, 8, 64, 200)
REQUESTS = 400  # a round; at one client a quarter of them
ROUNDS = 3
SERVICES = {"together": [], "each by itself": ["--batch-texts", "1"]}


@dataclass(frozen=True)
class Round:
    """What a round took: requests a second, and the seconds of each request."""

    rate: float
    latencies: list[float]

    def cells(self) -> list[str]:
        """Return the cells of a table."""
        quantiles = statistics.quantiles(self.latencies, n=20)
        return [f"{self.rate:.0f}", f"{1000 * statistics.median(self.latencies):.0f}", f"{1000 * quantiles[-1]:.0f}"]


@contextmanager
def service(model: str, options: Sequence[str]) -> Iterator[str]:
    """Start a service; yield its address.

    Raises:
        SystemExit: where it does not start.
    """
    command = [sys.executable, "-m", "tinyner.cli", "serve-student", "-m", model, "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = re.search(r"http://\S+", process.stdout.readline())
    if address is None:
        sys.exit("the service did not start")
    try:
        yield address[0].removesuffix(";")
    finally:
        process.terminate()
        process.wait()


async def load(url: str, sentences: Sequence[str], clients: int, requests: int) -> Round:
    """Send requests from some clients at a time."""
    texts = itertools.islice(itertools.cycle(sentences), requests)
    latencies: list[float] = []
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def client() -> None:
            for text in texts:
                begun = time.perf_counter()
                async with session.post(url, json={"text": text}) as answer:
                    content = await answer.json()
                latencies.append(time.perf_counter() - begun)
                assert content["text"] == text

        begun = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(clients)))
        return Round(requests / (time.perf_counter() - begun), latencies)


def main() -> None:
    """Measure and print."""
    words = sys.argv[1:]
    place = words.index("--") if "--" in words else len(words)
    model, options = next(iter(words[:place]), "models/student"), words[place + 1 :]
    sentences = [" ".join(row["words"]) for row in corpus.conll_2003(["LOC", "MISC", "ORG", "PER"])["test"]]
    begun = time.perf_counter()
    print(f"serve-student {' '.join(options)}; {available_cores()} cores, load {os.getloadavg()[0]:.1f} before\n")
    print("| clients | computed | requests/s | x | median ms | 95 % below, ms |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    with (
        service(model, [*options, *SERVICES["together"]]) as first,
        service(model, [*options, *SERVICES["each by itself"]]) as second,
    ):
        urls = dict(zip(SERVICES, (first, second), strict=True))
        for url in urls.values():
            asyncio.run(load(url, sentences, 8, 100))  # to warm up
        for clients in CLIENTS:
            requests = REQUESTS if clients > 1 else REQUESTS // 4
            rounds: dict[str, list[Round]] = {name: [] for name in urls}
            for _ in range(ROUNDS):
                for name, url in urls.items():
                    rounds[name].append(asyncio.run(load(url, sentences, clients, requests)))
            best = {name: max(measured, key=lambda measured: measured.rate) for name, measured in rounds.items()}
            for name, measured in best.items():
                rate, *latencies = measured.cells()
                ratio = f"{measured.rate / best['each by itself'].rate:.2f}"
                print(f"| {clients} | {name} | {rate} | {ratio} | {' | '.join(latencies)} |", flush=True)
    print(f"\nmeasured in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
