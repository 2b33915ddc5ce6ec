"""Shards on a real Ray cluster of three nodes on this machine, one of which is killed midway."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.shards.conftest import files_of, target_of, write_shards
from tests.shards.s3 import Store
from tinyner import cli
from tinyner.predict.options import Options
from tinyner.predict.origin import labelled_with
from tinyner.shards.on_ray import label_on_ray
from tinyner.shards.plan import Shard, plan_of
from tinyner.shards.record import Labels
from tinyner.shards.work import Job

pytestmark = pytest.mark.ray
cluster_utils = pytest.importorskip("ray.cluster_utils")
state: Any = pytest.importorskip("ray._private.state")


@pytest.fixture(scope="module")
def cluster(store: Store) -> Iterator[Any]:
    """A head that works on nothing, for the driver, and a node with one core; all know the object store."""
    assert store.url
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
        made = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        patch.setenv("RAY_ADDRESS", made.address)
        made.add_node(num_cpus=1)
        yield made
        made.shutdown()


def wait_until_busy(node: Any) -> None:
    """Wait until a node works on a task."""
    for _ in range(200):
        free = state.available_resources_per_node().get(node.node_id, {}).get("CPU", 0.0)
        if free < 1.0:
            return
        time.sleep(0.05)
    raise AssertionError("the node that is to be lost got no task")


@pytest.mark.long
def test_a_node_is_lost_and_no_shard_with_it(cluster: Any, names: Path, tmp_path: Path) -> None:
    texts = write_shards(tmp_path / "texts", count=6, texts=700)
    cli.run(["predict", str(texts), "-o", f"{tmp_path}/here/", "-m", str(names)])
    lost = cluster.add_node(num_cpus=1)
    shards = plan_of([str(texts)], str(tmp_path / "there"), "jsonl").shards
    options = Options(threads=1)
    job = Job(options, "jsonl", labelled_with(names, {**asdict(options), "format": "jsonl"}))
    labelled: list[Shard] = []
    for shard, result in label_on_ray(shards, job, names):
        assert isinstance(result, Labels), result
        if not labelled:
            wait_until_busy(lost)
            cluster.remove_node(lost, allow_graceful=False)
        labelled.append(shard)
    assert sorted(shard.target for shard in labelled) == sorted(shard.target for shard in shards)
    assert files_of(tmp_path / "there") == files_of(tmp_path / "here")


@pytest.mark.long
def test_shards_of_an_object_store_are_labelled_on_nodes(
    cluster: Any, store: Store, names: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = write_shards(tmp_path / "texts")
    objects = store.objects
    objects.update({f"texts/new/{name}": content for name, content in files_of(texts).items()})
    objects["texts/new/day-1/bad.jsonl"] = b'{"text": 1}\n'
    words = ["predict", "s3://texts/new", "-o", "s3://labels/new", "-m", str(names), "--engine", "ray"]
    with pytest.raises(Exception, match=r"bad.jsonl:1: expected text .*; 1 shard could not be labelled"):
        cli.run(words)
    del objects["texts/new/day-1/bad.jsonl"]
    cli.run(words)
    assert "0 shards labelled, 5 shards were done before" in capsys.readouterr().err
    cli.run(["predict", str(texts), "-o", f"{tmp_path}/here/", "-m", str(names)])
    labels = {name.removeprefix("labels/new/"): content for name, content in objects.items() if "/day-" in name}
    assert {name: labels[name] for name in map(target_of, files_of(texts))} == files_of(tmp_path / "here")
