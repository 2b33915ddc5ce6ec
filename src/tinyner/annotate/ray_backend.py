"""Annotation on the nodes of a Ray cluster: a Ray Data pipeline (extra ``ray``) over the missing requests.

Each worker asks an HTTP endpoint, or a vLLM engine on its node (``base_url: vllm:MODEL``). One actor on the
driver's node holds the store: a reply is on the driver's disk before the worker goes on, and a worker that gets
a block of requests first asks the actor which of them have no reply yet. If a node dies, Ray starts its block
again elsewhere; only the requests that the node had in flight are then paid for twice.
"""

import os
import pickle
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tinyner.annotate.costs import Budget
from tinyner.annotate.ray_workers import VLLM, HttpWorker, StoreActor, VllmWorker
from tinyner.annotate.requests import Endpoint, Request, RequestPlan
from tinyner.errors import UserError
from tinyner.params import Annotate
from tinyner.progress import Board
from tinyner.ray_cluster import beside_the_driver, connect

# The size of a block, in multiples of a worker's concurrency. In smaller blocks, workers idle more often at the
# end of each; larger ones spread less evenly over the workers.
_ROUNDS = 4


def _share(endpoint: Endpoint, workers: int) -> Endpoint:
    """Return the endpoint with a worker's share of the requests in flight."""
    concurrency = max(1, endpoint.annotator.concurrency // workers)
    return replace(endpoint, annotator=endpoint.annotator.model_copy(update={"concurrency": concurrency}))


def ask_on_ray(
    plan: RequestPlan, annotate_params: Annotate, missing: Sequence[Request], budget: Budget, board: Board
) -> None:
    """Have the missing requests answered on the cluster at $RAY_ADDRESS, or the one that this machine is part of.

    Raises:
        UserError: without Ray or a cluster, and where replies are still missing: why, and that another run goes on.
    """
    endpoint = plan.endpoint
    uses_vllm = (endpoint.annotator.base_url or "").startswith(VLLM)
    with connect("annotate.mode: ray", "ray.data") as ray:
        if uses_vllm and endpoint.response_format is not None:
            raise UserError("annotate.output: a vLLM engine is asked for text only; set text, or serve it over HTTP")
        store_actor = _start_store_actor(ray, plan, budget)
        why = _ask_on_cluster(ray, plan, annotate_params, missing, store_actor, board=board, uses_vllm=uses_vllm)
    for scope in plan.scopes():
        plan.store.open(scope)
    left = len(plan.missing())
    if left:
        why = why or "annotate.max_cost_usd: what is left of it is reserved for a node that is no more"
        raise UserError(f"{why}; {left} replies are left, run again to go on")


def _ask_on_cluster(
    ray: Any,
    plan: RequestPlan,
    annotate_params: Annotate,
    missing: Sequence[Request],
    store_actor: Any,
    *,
    board: Board,
    uses_vllm: bool,
) -> str:
    """Run the pipeline on the connected cluster, and return why it stopped early, or else the first problem."""
    endpoint = plan.endpoint
    resource = "GPU" if uses_vllm else "CPU"
    nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get(resource)]
    workers = max(1, min(len(nodes), endpoint.annotator.concurrency))
    share = _share(endpoint, workers)
    block_size = max(1, min(_ROUNDS * share.annotator.concurrency, -(-len(missing) // workers)))
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = ray.data.from_items(
        [{"request": pickle.dumps(request)} for request in missing], override_num_blocks=-(-len(missing) // block_size)
    )
    worker_arguments = (share, annotate_params, store_actor, workers)
    if uses_vllm:
        results = rows.map_batches(
            VllmWorker,
            fn_constructor_args=worker_arguments,
            num_gpus=1,
            concurrency=(1, workers),
            batch_size=block_size,
        )
    else:
        results = rows.map_batches(
            HttpWorker(*worker_arguments), num_cpus=1, concurrency=workers, batch_size=block_size
        )
    task = board.task(f"asking {endpoint.name} on {workers} nodes, {plan.answered()} cached", len(missing))
    problem, asked, tokens, usd, started = "", 0, 0, plan.spent_usd(), time.monotonic()
    for row in results.iter_rows():
        asked, tokens, usd = asked + row["requests"], tokens + row["tokens"], usd + row["usd"]
        pace = asked / (time.monotonic() - started)
        task.step(row["requests"], f"({pace:.1f}/s, {tokens:,} tokens, ${usd:.4f} so far)")
        problem = problem or row["problem"]
    stopped: str = ray.get(store_actor.close.remote())
    return stopped or problem


def _start_store_actor(ray: Any, plan: RequestPlan, budget: Budget) -> Any:
    """Start the store's actor on this node; the store's folder is on this node's disk."""
    this_node = beside_the_driver(ray)
    runtime_env = {"env_vars": {"TINYNER_REPLIES": str(plan.store.folder.parent)}}
    options = {"num_cpus": 0, "scheduling_strategy": this_node, "runtime_env": runtime_env, "max_concurrency": 1}
    wanted = (plan.endpoint.annotator.api_key_env, "SSL_CERT_FILE", "SSL_CERT_DIR")
    variables = {name: os.environ[name] for name in wanted if name and name in os.environ}
    arguments = (plan.endpoint, plan.scopes(), budget.cap, budget.spent, variables)
    return ray.remote(StoreActor).options(**options).remote(*arguments)
