"""A Ray cluster of one node for ``bench/faults.py``, in a process that ends with its input."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLES = {"RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0", "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster, and give its address.

    Raises:
        RuntimeError: where it doesn't start.
    """
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve())],
        env={**os.environ, **_VARIABLES, "TMPDIR": "/tmp"},  # noqa: S108, Ray's sockets need a short path
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    address = next((line.split()[1] for line in process.stdout if line.startswith("address ")), "")
    try:
        if not address:
            raise RuntimeError("no Ray cluster; pip install -e '.[ray]'")
        yield address
    finally:
        process.communicate("", timeout=60)


if __name__ == "__main__":
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    print("address", made.address, flush=True)
    sys.stdin.read()
    made.shutdown()
