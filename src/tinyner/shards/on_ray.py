"""Shards as tasks on a Ray cluster (extra ``ray``): a task whose node is lost is started again elsewhere, by Ray.

The code and the student go to the nodes through Ray. Texts don't: a node reads its shards and
writes what they become, so both must lie where all nodes reach them, in an object store or a folder that all have.
"""

import platform
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from tinyner.errors import UserError
from tinyner.predict.options import Options
from tinyner.predict.tagger import Tagger
from tinyner.ray_cluster import connect
from tinyner.shards.plan import Shard
from tinyner.shards.record import Labels
from tinyner.shards.storage import is_url, size_of
from tinyner.shards.work import Job, label_shard, load
from tinyner.unfinished import scratch

_RETRIES = 5  # of a shard whose node or process was lost
_WAITING = 2  # tasks that are known to the cluster, for each core of it: more would only fill its memory
_LEAST_WAITING = 64  # so that a cluster that grows by what waits does grow


def label_on_ray(shards: Sequence[Shard], job: Job, model: Path) -> Iterator[tuple[Shard, Labels | UserError]]:
    """Yield each shard when it is labelled, or can't be.

    Args:
        shards: files that all nodes reach.
        job: how they are labelled.
        model: folder of the student, on this machine.

    Raises:
        UserError: without Ray or a cluster.
    """
    with connect("--engine ray") as ray:
        student = ray.put({path.name: path.read_bytes() for path in model.iterdir() if path.is_file()})
        task = ray.remote(_label_on_node).options(num_cpus=job.options.threads, max_retries=_RETRIES)
        todo = iter(shards)
        pending: dict[Any, Shard] = {}
        while True:
            most = max(_LEAST_WAITING, int(_WAITING * ray.cluster_resources().get("CPU", 0)))
            while len(pending) < most and (shard := next(todo, None)) is not None:
                pending[task.remote(shard, job, [student])] = shard
            if not pending:
                return
            done, _ = ray.wait(list(pending), timeout=10)
            for reference in done:
                yield pending.pop(reference), _result(ray, reference)


def _result(ray: Any, reference: Any) -> Labels | UserError:
    try:
        result: Labels = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, UserError):
            return UserError(str(error.cause))
        return UserError(f"failed on a node ({type(error.cause).__name__}: {_first(error.cause)})")
    except ray.exceptions.RayError as error:  # its node or process was lost too often
        return UserError(f"was begun {_RETRIES + 1} times, and its node or process lost each time ({_first(error)})")
    return result


def _first(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200]


# What follows runs on the nodes.


def _label_on_node(shard: Shard, job: Job, student: Sequence[Any]) -> Labels:
    """Label a shard on the node that this runs on; ``student`` holds a reference to its files, fetched where needed.

    Raises:
        UserError: as ``label_shard``, naming the node where it is the node's fault.
    """
    if not is_url(shard.source) and size_of(shard.source) != shard.size:
        raise UserError(
            f"{shard.source}: node {platform.node()} does not see this file; use a folder that all nodes have, or the "
            "URL of an object store"
        )
    return label_shard(shard, job, _tagger(student[0], job.options))


@lru_cache(maxsize=1)
def _tagger(reference: Any, options: Options) -> Tagger:
    import ray  # noqa: PLC0415, only nodes of a cluster need it

    files: Mapping[str, bytes] = ray.get(reference)
    with scratch() as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return load(folder, options)
