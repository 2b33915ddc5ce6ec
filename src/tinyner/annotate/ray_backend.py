"""Annotation on many machines: a Ray Data pipeline (extra ``ray``) over the missing questions.

Each node asks an HTTP endpoint, or a vLLM engine of its own (``base_url: vllm:MODEL``). One actor beside the
driver keeps the store: a reply is on the driver's disk before the next is thought of, and whoever is given
questions asks it first which are still open. So a block that Ray starts again, since its node died, pays
again for no more than was under way there.
"""

import importlib
import os
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import tinyner
from tinyner.annotate.costs import Budget, Costs, out_of_money
from tinyner.annotate.limits import Limiter
from tinyner.annotate.requests import Answer, Plan, Question, Target
from tinyner.annotate.store import ReplyStore
from tinyner.errors import UserError
from tinyner.params import Annotate
from tinyner.progress import Board
from tinyner.rows import Reply

ENGINE = "vllm:"
_PAUSE = 0.1  # seconds between two looks at the budget
_ROUNDS = 4  # of a worker's concurrency in a block: fewer drain more often, more are asked anew less evenly


class Keeper:
    """An actor beside the driver: the store, the budget, and why all should stop, if they should."""

    def __init__(
        self, target: Target, scopes: Sequence[str], cap: float | None, spent: float, variables: Mapping[str, str]
    ) -> None:
        """Read the store once more. ``variables``: for workers' environments; Ray would write its own into its logs."""
        self._variables = dict(variables)
        self._store, self._costs = ReplyStore(target.identity), Costs(target)
        for scope in scopes:
            self._store.open(scope)
        self._budget = Budget(cap, spent)
        self._reserved: dict[str, float] = {}  # by custom_id
        self._under_way: set[str] = set()  # of these
        self._stopped = ""

    def variables(self) -> dict[str, str]:
        """The environment variables that a worker needs, the key among them."""
        return self._variables

    def begin(self, block: Sequence[Question]) -> tuple[list[int], list[int], str]:
        """Which of these to ask, each reserved at its worst; which must wait for money; and why to stop, if so."""
        chosen: list[int] = []
        waiting: list[int] = []
        for index, question in enumerate(block):
            name = question.place.custom_id
            if name in self._under_way:  # of a node that is no more
                self.lose(question, self._reserved[name], "node lost")
            self._settle(name, 0.0)
            if self._stopped or self._store.get(question.key) is not None:
                continue
            worst = self._costs.worst(question.text)
            if self._budget.reserve(worst):
                self._reserved[name] = worst
                chosen.append(index)
            elif self._budget.open:
                waiting.append(index)
            else:
                self._stopped = out_of_money(self._budget, worst)
        return chosen, waiting, self._stopped

    def put(self, question: Question, row: Reply) -> None:
        """A reply arrived."""
        self._store.put(question.scope, row)
        self._settle(question.place.custom_id, row.get("cost_usd", 0.0))

    def ask(self, question: Question, worst: float) -> None:
        """A request is about to be sent."""
        self._store.ask(question.scope, question.key, worst)
        self._under_way.add(question.place.custom_id)

    def lose(self, question: Question, usd: float, why: str) -> bool:
        """A reply was paid for, perhaps, and never came; whether it may be asked again, which is reserved anew."""
        self._store.lose(question.scope, question.key, usd, why)
        name = question.place.custom_id
        worst = self._reserved.get(name, 0.0)
        self._settle(name, usd)
        again = self._budget.reserve(worst)
        if again:
            self._reserved[name] = worst
        return again

    def end(self, block: Sequence[Question], stopped: str) -> None:
        """A worker is done with a block; ``stopped``: why nobody should go on."""
        for question in block:
            self._settle(question.place.custom_id, 0.0)
        self._stopped = self._stopped or stopped

    def close(self) -> str:
        """See that all is on the disk; why all stopped, if they did."""
        self._store.close()
        return self._stopped

    def _settle(self, name: str, actual: float) -> None:
        worst = self._reserved.pop(name, None)
        self._under_way.discard(name)
        if worst is not None:
            self._budget.settle(worst, actual)


class _Remote:
    """The keeper's books, from a worker."""

    def __init__(self, keeper: Any) -> None:
        self._ray: Any = importlib.import_module("ray")
        self._keeper = keeper
        self.tokens, self.usd = 0, 0.0

    def ask(self, question: Question, worst: float) -> None:
        self._ray.get(self._keeper.ask.remote(question, worst))

    def put(self, question: Question, row: Reply) -> None:
        self.tokens += row.get("prompt_tokens", 0) + row.get("completion_tokens", 0)
        self.usd += row.get("cost_usd", 0.0)
        self._ray.get(self._keeper.put.remote(question, row))

    def lose(self, question: Question, usd: float, why: str) -> bool:
        again: bool = self._ray.get(self._keeper.lose.remote(question, usd, why))
        return again


@cache
def _limiter(name: str, requests: float | None, tokens: float | None, workers: int) -> Limiter:
    """A process' share of an annotator's limits: what a block has taught is there for the next."""
    return Limiter(requests, tokens, share=workers)


class Asks:
    """What a worker does with a block: asks what is still open, and hands each reply to the keeper."""

    def __init__(self, target: Target, knobs: Annotate, keeper: Any, workers: int) -> None:
        """``workers`` of these part the annotator's limits."""
        self._target, self._knobs, self._keeper, self._workers = target, knobs, keeper, workers

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Take a batch of pickled questions; a row for it: how many it had, tokens, dollars and trouble."""
        ray: Any = importlib.import_module("ray")
        os.environ.update(ray.get(self._keeper.variables.remote()))
        block: list[Question] = [pickle.loads(one) for one in batch["question"]]  # noqa: S301, the driver's own
        count, trouble, tries, books = len(block), "", 0, _Remote(self._keeper)
        while block:
            chosen, waiting, stopped = ray.get(self._keeper.begin.remote(block))
            asked, block = [block[index] for index in chosen], [block[index] for index in waiting]
            if asked:
                tries = 0
                try:
                    trouble, stopped, later = self._ask(books, asked)
                    block += later
                except UserError as error:
                    trouble = stopped = str(error)
                ray.get(self._keeper.end.remote(asked, stopped))
            elif block:  # others hold what is left of the money, for a while
                tries += 1
                time.sleep(_PAUSE)
            # Not for ever: a node that is no more holds it until its questions are begun again, perhaps here.
            if stopped or tries * _PAUSE > 2 * self._target.annotator.timeout:
                break
        return {"questions": [count], "tokens": [books.tokens], "usd": [books.usd], "trouble": [trouble]}

    def _ask(self, books: _Remote, asked: Sequence[Question]) -> tuple[str, str, list[Question]]:
        from tinyner.annotate.online import Run  # noqa: PLC0415, loads the openai client

        one = self._target.annotator
        limiter = _limiter(self._target.name, one.requests_per_minute, one.tokens_per_minute, self._workers)
        run = Run(self._target, self._knobs, Budget(None, 0.0), books, limiter=limiter)  # the keeper's budget counts
        tally = run.ask(asked, lambda note: None)
        return run.last_fault, tally.stopped, run.later


class Engine(Asks):
    """The same with a vLLM engine in this process, on this node's GPU."""

    def __init__(self, target: Target, knobs: Annotate, keeper: Any, workers: int) -> None:
        """Load the model."""
        super().__init__(target, knobs, keeper, workers)
        vllm: Any = importlib.import_module("vllm")
        sampling = dict(target.annotator.sampling)
        if "max_completion_tokens" in sampling:
            sampling["max_tokens"] = sampling.pop("max_completion_tokens")
        self._sampling = vllm.SamplingParams(**sampling)
        assert target.annotator.base_url is not None
        self._llm = vllm.LLM(model=target.annotator.base_url.removeprefix(ENGINE))

    def _ask(self, books: _Remote, asked: Sequence[Question]) -> tuple[str, str, list[Question]]:
        found = self._llm.chat([self._target.body(one)["messages"] for one in asked], self._sampling, use_tqdm=False)
        for question, output in zip(asked, found, strict=True):
            first = output.outputs[0]
            counts = (len(output.prompt_token_ids), None, len(first.token_ids))
            row = question.place.reply(
                self._target.identity, Answer(first.text, first.finish_reason or "", *counts), None
            )
            books.put(question, row)
        return "", "", []


def _part(target: Target, workers: int) -> Target:
    """A worker's part of the requests under way at once."""
    each = max(1, target.annotator.concurrency // workers)
    return replace(target, annotator=target.annotator.model_copy(update={"concurrency": each}))


def ask_on_ray(plan: Plan, knobs: Annotate, missing: Sequence[Question], budget: Budget, shown: Board) -> None:
    """Ask what is missing on the cluster at $RAY_ADDRESS, or the one that this machine is part of.

    Raises:
        UserError: without Ray or a cluster, and where something is left: why, and that a rerun goes on.
    """
    try:
        ray: Any = importlib.import_module("ray")
        data: Any = importlib.import_module("ray.data")
        strategies = importlib.import_module("ray.util.scheduling_strategies")
    except ImportError:
        raise UserError("annotate.mode: ray, but Ray Data is not installed; pip install 'tinyner[ray]'") from None
    target, address = plan.target, os.environ.get("RAY_ADDRESS") or "auto"
    engine = (target.annotator.base_url or "").startswith(ENGINE)
    if engine and target.response_format is not None:
        raise UserError("annotate.output: a vLLM engine is asked for text only; set text, or serve it over HTTP")
    names = [name for name in (target.annotator.api_key_env, "SSL_CERT_FILE") if name and name in os.environ]
    variables = {name: os.environ[name] for name in names}
    try:
        ray.init(
            address=address,
            runtime_env={"py_modules": [str(Path(tinyner.__file__).parent)]},
            log_to_driver=False,
            logging_level="error",
        )
    except ConnectionError as error:
        raise UserError(f"RAY_ADDRESS: no Ray cluster at {address}: {error}") from None
    try:
        here = strategies.NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        own = {"env_vars": {"TINYNER_REPLIES": str(plan.store.folder.parent)}}
        options = {"num_cpus": 0, "scheduling_strategy": here, "runtime_env": own, "max_concurrency": 1}
        given: tuple[Any, ...] = (target, plan.scopes(), budget.cap, budget.spent, variables)
        keeper = ray.remote(Keeper).options(**options).remote(*given)
        nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("GPU" if engine else "CPU")]
        workers = max(1, min(len(nodes), target.annotator.concurrency))
        part = _part(target, workers)
        size = max(1, min(_ROUNDS * part.annotator.concurrency, -(-len(missing) // workers)))
        data.DataContext.get_current().enable_progress_bars = False
        rows = data.from_items(
            [{"question": pickle.dumps(one)} for one in missing], override_num_blocks=-(-len(missing) // size)
        )
        given = (part, knobs, keeper, workers)
        if engine:
            done = rows.map_batches(
                Engine, fn_constructor_args=given, num_gpus=1, concurrency=(1, workers), batch_size=size
            )
        else:
            done = rows.map_batches(Asks(*given), num_cpus=1, concurrency=workers, batch_size=size)
        task = shown.task(f"asking {target.name} on {workers} nodes, {plan.known()} cached", len(missing))
        trouble, asked, tokens, usd, started = "", 0, 0, budget.spent, time.monotonic()
        for row in done.iter_rows():
            asked, tokens, usd = asked + row["questions"], tokens + row["tokens"], usd + row["usd"]
            pace = asked / (time.monotonic() - started)
            task.step(row["questions"], f"({pace:.1f}/s, {tokens:,} tokens, ${usd:.4f} so far)")
            trouble = trouble or row["trouble"]
        stopped = ray.get(keeper.close.remote())
    finally:
        ray.shutdown()
    for scope in plan.scopes():
        plan.store.open(scope)
    left = len(plan.missing())
    if left:
        why = stopped or trouble or "annotate.max_cost_usd: what is left of it is reserved for a node that is no more"
        raise UserError(f"{why}; {left} replies are left, run again to go on")
