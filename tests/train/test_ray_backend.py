"""Cells on a real Ray cluster of three nodes on this machine, one of which is killed midway."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tinyner.train.backend import train_all
from tinyner.train.jobs import Job
from tinyner.train.store import Store
from tinyner.train.trained import EpochRow

from .conftest import Small
from .test_loop import bytes_of, run

pytestmark = pytest.mark.ray
cluster_utils = pytest.importorskip("ray.cluster_utils")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head that works on nothing, for the driver, and one node with one core."""
    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    made = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    monkeypatch.setenv("TINYNER_ENGINE", "ray")
    monkeypatch.setenv("RAY_ADDRESS", made.address)
    yield made
    made.shutdown()


def test_a_node_is_lost_and_the_bytes_are_the_same(cluster: Any, small: Small, student: Path, tmp_path: Path) -> None:
    cells, data = small(epochs=3, seeds=[1, 2])
    nodes = [cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)]
    here, there = Store(tmp_path / "here"), Store(tmp_path / "there")
    seen: list[tuple[int, int]] = []

    def lose_a_node(_: str, row: EpochRow) -> None:
        if not seen:
            cluster.remove_node(nodes[0], allow_graceful=False)
        seen.append((row.seed, row.epoch))

    train_all([Job(cell, data, student) for cell in cells], there, lose_a_node)
    assert set(seen) == {(seed, epoch) for seed in (1, 2) for epoch in range(3)}  # some twice perhaps
    for cell in cells:
        run(cell, data, student, here)
        assert bytes_of(there, cell) == bytes_of(here, cell)
