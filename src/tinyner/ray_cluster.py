"""The Ray cluster that stages may work on (extra ``ray``), at $RAY_ADDRESS or the one that this machine is part of."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tinyner
from tinyner.errors import UserError


@contextmanager
def connect(setting: str, *modules: str) -> Iterator[Any]:
    """Connect to the cluster, and disconnect at the end if no connection was there before.

    This package goes along as a module, so that no node needs it installed. Ray's usage statistics, which it would
    send to its makers, stay off in this process unless RAY_USAGE_STATS_ENABLED says otherwise.

    Args:
        setting: what asked for Ray, as error messages name it.
        modules: parts of Ray that are needed beside it, such as ``ray.data``; imported, so that they are attributes.

    Yields:
        The module ``ray``.

    Raises:
        UserError: without Ray, or without a cluster.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray: Any = importlib.import_module("ray")
        for module in modules:
            importlib.import_module(module)
    except ImportError:
        raise UserError(f"{setting}, but Ray is not installed; pip install -e '.[ray]' in the clone") from None
    address = os.environ.get("RAY_ADDRESS") or "auto"
    connects = not ray.is_initialized()
    if connects:
        package = str(Path(tinyner.__file__).parent)
        try:
            ray.init(address=address, runtime_env={"py_modules": [package]}, log_to_driver=False, logging_level="error")
        except ConnectionError as error:
            raise UserError(f"RAY_ADDRESS: no Ray cluster at {address}: {error}") from None
    try:
        yield ray
    finally:
        if connects:
            ray.shutdown()


def beside_the_driver(ray: Any) -> Any:
    """Return the scheduling strategy that keeps an actor on the node of the driver."""
    strategies = importlib.import_module("ray.util.scheduling_strategies")
    return strategies.NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
