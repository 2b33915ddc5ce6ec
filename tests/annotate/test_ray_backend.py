"""Annotation on a real Ray cluster of several nodes on this machine, one of which is killed midway."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.annotate.workspace import KEY, annotate_here, completion, configure, sentence_of
from tests.conftest import Handler
from tinyner.files import load, write_rows

pytestmark = pytest.mark.ray
cluster_utils = pytest.importorskip("ray.cluster_utils")
pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def head() -> Iterator[Any]:
    """Start a head node without CPUs, for the driver."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
        made = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        yield made
        made.shutdown()


@pytest.fixture
def cluster(head: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give the head to a test, and remove the nodes that it added."""
    monkeypatch.setenv("RAY_ADDRESS", head.address)
    yield head
    for node in [*head.worker_nodes]:
        head.remove_node(node)


class Slow:
    """A server that takes its time, sends the key back, and kills a node when it has answered so many."""

    def __init__(self, after: int, kill: Callable[[], None]) -> None:
        self.asked, self.answered = Counter[str](), Counter[str]()
        self._after, self._kill, self._lock = after, kill, threading.Lock()

    def __call__(self, path: str, body: bytes) -> tuple[int, bytes]:
        name = sentence_of(body)
        with self._lock:
            self.asked[name] += 1
        time.sleep(0.05)
        with self._lock:
            self.answered[name] += 1
            if self.answered.total() == self._after:
                threading.Thread(target=self._kill).start()
        reply = json.loads(completion(f"Result: {{}} {name} {KEY}"))
        return 200, json.dumps(reply | {"model": KEY}).encode()


def test_a_node_is_lost_and_no_reply_with_it(cluster: Any, workspace: Path, serve: Callable[[Handler], str]) -> None:
    count = 120
    rows = [{"id": f"s{index}", "words": ["Sentence", str(index)]} for index in range(count)]
    write_rows(workspace / "data/prepared/target.jsonl", rows)
    nodes = [cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)]
    killed = threading.Event()

    def kill() -> None:
        cluster.remove_node(nodes[0], allow_graceful=False)
        killed.set()

    server = Slow(40, kill)
    price = {"input": 0.0, "cached_input": 0.0, "output": 1e6, "batch_discount": 0.0}
    url = f"{serve(server)}/v1"

    def run(cap: float) -> Any:
        annotate_params = {"mode": "ray", "retries": 2, "max_cost_usd": cap}
        configure(workspace, url, annotate_params, {"concurrency": 4, "price": price}, max_tokens=10)
        return annotate_here(workspace)

    done = run(60.0)  # a reply costs 2, at its worst 10: 26 fit under the cap
    assert done.returncode == 2
    assert "annotate.max_cost_usd: 60 is reached" in done.stderr
    before = server.answered.total()
    assert before == 26  # 52 are spent, and one more might cost 10
    stored = [row for path in (workspace / "replies").rglob("*.jsonl") for row in load(path) if "reply" in row]
    assert len(stored) == before
    assert f"{count + 1 - before} replies are left" in done.stderr

    done = run(2000.0)
    assert killed.wait(60)
    assert done.returncode == 0, done.stderr
    rows = load(workspace / "data/annotated/target.jsonl")
    assert [row["reply"] for row in rows] == [f"Result: {{}} Sentence {index} [key]" for index in range(count)]
    # Nothing but what the lost node had under way, two requests at most, was asked again.
    assert server.asked.total() <= count + 1 + 2
    metrics = json.loads((workspace / "metrics/annotate.json").read_text())
    lost = sum(metrics.get("costs_of_lost_replies_usd", []))  # what it had under way, at its worst
    assert metrics["cost_usd"] == 2.0 * (count + 1) + lost
    assert 10 * (server.asked.total() - count - 1) <= lost <= 20
    logs = Path(cluster.head_node.get_logs_dir_path())
    assert [*logs.glob("runtime_env_agent*.log")]
    written = [path for folder in (workspace, logs) for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in written if KEY in path.read_text(errors="replace")]


def test_a_fault_that_is_billed_is_reserved_anew(
    cluster: Any, workspace: Path, serve: Callable[[Handler], str]
) -> None:
    cluster.add_node(num_cpus=1)
    lock, under_way, most, paid = threading.Lock(), 0, 0.0, 0

    def broken(path: str, body: bytes) -> tuple[int, bytes]:
        nonlocal under_way, most, paid
        with lock:
            under_way += 1
            most = max(most, (paid + under_way) * 10.0)
        time.sleep(0.05)
        with lock:
            under_way, paid = under_way - 1, paid + 1
        return 200, b"no JSON"

    price = {"input": 0.0, "cached_input": 0.0, "output": 1e6, "batch_discount": 0.0}
    annotate_params = {"mode": "ray", "retries": 50, "max_cost_usd": 65.0}
    configure(workspace, f"{serve(broken)}/v1", annotate_params, {"concurrency": 4, "price": price}, max_tokens=10)
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert "annotate.max_cost_usd: 65 is reached: 60.000000 is spent" in done.stderr
    assert most == 60.0
