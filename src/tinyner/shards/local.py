"""Shards by processes of this machine, as many as its cores allow."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import islice
from pathlib import Path

from tinyner import worker_processes
from tinyner.errors import UserError
from tinyner.machine import available_cores, free_memory
from tinyner.predict.options import Options
from tinyner.predict.tagger import Tagger
from tinyner.shards.plan import Shard
from tinyner.shards.record import Labels
from tinyner.shards.work import Job, label_shard, load

_PROCESS_BYTES = 1.5e9  # of a process with its student and a block of texts
_WAITING = 2  # shards that are known to the pool, for each process: each wait looks at all of them


def label_here(shards: Sequence[Shard], job: Job, model: Path) -> Iterator[tuple[Shard, Labels | UserError]]:
    """Yield each shard when it is labelled, or can't be.

    Raises:
        UserError: where a process was killed.
    """
    assert job.options.threads is not None
    context = multiprocessing.get_context("spawn")
    workers = _workers(len(shards), job.options.threads)
    with ProcessPoolExecutor(workers, context, initializer=worker_processes.end_with_parent) as pool:
        todo = iter(shards)
        pending: dict[Future[Labels], Shard] = {}
        try:
            while True:
                for shard in islice(todo, _WAITING * workers - len(pending)):
                    pending[pool.submit(_label, shard, job, model)] = shard
                if not pending:
                    return
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    shard = pending.pop(future)
                    try:
                        result: Labels | UserError = future.result()
                    except UserError as error:
                        result = error
                    yield shard, result
        except BrokenProcessPool:
            raise UserError(
                "a process was killed, for want of memory perhaps; the same command goes on with the other shards; "
                "TINYNER_WORKERS=1 labels one at a time"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _workers(shards: int, threads: int) -> int:
    """Return how many processes label at once: as many as cores and memory allow, or $TINYNER_WORKERS.

    Raises:
        UserError: where that is no number.
    """
    allowed = min(available_cores() // threads, int(free_memory() // _PROCESS_BYTES))
    return worker_processes.count(allowed, shards)


def _label(shard: Shard, job: Job, model: Path) -> Labels:
    return label_shard(shard, job, _tagger(model, job.options))


@lru_cache(maxsize=1)
def _tagger(model: Path, options: Options) -> Tagger:
    return load(model, options)
