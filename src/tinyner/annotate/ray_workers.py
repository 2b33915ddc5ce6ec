"""What runs on a Ray cluster: the actor that holds the store, and the workers that ask."""

import importlib
import os
import pickle
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from tinyner.annotate.answers import Answer
from tinyner.annotate.costs import Budget, WorstCase, out_of_money
from tinyner.annotate.rate_limits import RateLimiter
from tinyner.annotate.requests import Endpoint, Request
from tinyner.annotate.store import ReplyStore
from tinyner.errors import UserError
from tinyner.params import Annotate
from tinyner.rows import Reply

VLLM = "vllm:"
_PAUSE = 0.1  # seconds before a worker asks for money again


class StoreActor:
    """An actor on the driver's node that holds the store, the budget, and the reason to stop all workers, if any.

    Its methods ``asked``, ``received`` and ``lost`` are those of a journal.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        scopes: Sequence[str],
        cap: float | None,
        spent: float,
        variables: Mapping[str, str],
    ) -> None:
        """Read the store, whose lock the driver holds.

        Args:
            endpoint: where the requests go.
            scopes: of the templates in the store.
            cap: US dollars that may be spent in all, None for no cap.
            spent: US dollars that are spent.
            variables: for the workers' environments; Ray would write them into its logs.
        """
        self._variables = dict(variables)
        self._store, self._worst_case = ReplyStore(endpoint.identity, holds_lock=True), WorstCase(endpoint)
        for scope in scopes:
            self._store.open(scope)
        self._budget = Budget(cap, spent)
        self._reserved: dict[str, float] = {}  # US dollars, by custom_id
        self._in_flight: set[str] = set()  # those of the reserved ones that were sent
        self._stopped = ""

    def variables(self) -> dict[str, str]:
        """Return the environment variables that a worker needs, the key among them."""
        return self._variables

    def begin(self, block: Sequence[Request]) -> tuple[list[int], list[int], str]:
        """Begin a block: reserve the worst case of each request that is still open.

        Returns:
            The indices of the requests to send; the indices of those for which the budget has no room at present;
            and the reason to stop, "" where there is none.
        """
        chosen: list[int] = []
        waiting: list[int] = []
        for index, request in enumerate(block):
            custom_id = request.ref.custom_id
            if custom_id in self._in_flight:  # sent by a node that was lost
                self.lost(request, self._reserved[custom_id], "node lost")
            self._settle(custom_id, 0.0)
            if self._stopped or self._store.get(request.key) is not None:
                continue
            worst_usd = self._worst_case.usd(request.text)
            if self._budget.reserve(worst_usd):
                self._reserved[custom_id] = worst_usd
                chosen.append(index)
            elif self._budget.open:
                waiting.append(index)
            else:
                self._stopped = out_of_money(self._budget, worst_usd)
        return chosen, waiting, self._stopped

    def asked(self, request: Request, worst_usd: float) -> None:
        """Record that a request is about to be sent."""
        self._store.record_asked(request.scope, request.key, worst_usd)
        self._in_flight.add(request.ref.custom_id)

    def received(self, request: Request, row: Reply) -> None:
        """Record a reply."""
        self._store.put(request.scope, row)
        self._settle(request.ref.custom_id, row.get("cost_usd", 0.0))

    def lost(self, request: Request, usd: float, why: str) -> bool:
        """Record a loss; reserve the cost of another try, and return whether the budget had room for it."""
        self._store.record_lost(request.scope, request.key, usd, why)
        custom_id = request.ref.custom_id
        worst_usd = self._reserved.get(custom_id, 0.0)
        self._settle(custom_id, usd)
        affordable = self._budget.reserve(worst_usd)
        if affordable:
            self._reserved[custom_id] = worst_usd
        return affordable

    def end(self, requests: Sequence[Request], stopped: str) -> None:
        """Release the reservations of a worker's requests; ``stopped`` is the reason to stop all workers, or ""."""
        for request in requests:
            self._settle(request.ref.custom_id, 0.0)
        self._stopped = self._stopped or stopped

    def close(self) -> str:
        """Sync the store to the disk, and return why all workers stopped, "" where they did not."""
        self._store.close()
        return self._stopped

    def _settle(self, custom_id: str, actual_usd: float) -> None:
        worst_usd = self._reserved.pop(custom_id, None)
        self._in_flight.discard(custom_id)
        if worst_usd is not None:
            self._budget.settle(worst_usd, actual_usd)


class RemoteJournal:
    """A worker's journal, which calls the store's actor."""

    def __init__(self, store_actor: Any) -> None:
        """Start with all counts at 0."""
        self._ray: Any = importlib.import_module("ray")
        self._store_actor = store_actor
        self.tokens, self.usd = 0, 0.0

    def asked(self, request: Request, worst_usd: float) -> None:
        """Record that a request is about to be sent."""
        self._ray.get(self._store_actor.asked.remote(request, worst_usd))

    def received(self, request: Request, row: Reply) -> None:
        """Record a reply, and count its tokens and US dollars."""
        self.tokens += row.get("prompt_tokens", 0) + row.get("completion_tokens", 0)
        self.usd += row.get("cost_usd", 0.0)
        self._ray.get(self._store_actor.received.remote(request, row))

    def lost(self, request: Request, usd: float, why: str) -> bool:
        """Record a loss, and return whether there is money to ask again."""
        affordable: bool = self._ray.get(self._store_actor.lost.remote(request, usd, why))
        return affordable


@cache
def _limiter(name: str, requests: float | None, tokens: float | None, workers: int) -> RateLimiter:
    """Return this process' share of an annotator's limits; the next block starts with what this one learned."""
    return RateLimiter(requests, tokens, share=workers)


class HttpWorker:
    """Sends a block's open requests to an HTTP endpoint, and hands each reply to the store's actor."""

    def __init__(self, endpoint: Endpoint, annotate_params: Annotate, store_actor: Any, workers: int) -> None:
        """Prepare one of ``workers`` workers, which divide the annotator's limits among them."""
        self._endpoint, self._params = endpoint, annotate_params
        self._store_actor, self._workers = store_actor, workers

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Take a batch of pickled requests; return a row with their number, tokens, US dollars and the last problem."""
        ray: Any = importlib.import_module("ray")
        os.environ.update(ray.get(self._store_actor.variables.remote()))
        block: list[Request] = [pickle.loads(content) for content in batch["request"]]  # noqa: S301, the driver's
        count, problem, waits, journal = len(block), "", 0, RemoteJournal(self._store_actor)
        while block:
            chosen, waiting, stopped = ray.get(self._store_actor.begin.remote(block))
            to_send, block = [block[index] for index in chosen], [block[index] for index in waiting]
            if to_send:
                waits = 0
                try:
                    problem, stopped, unaffordable = self._ask(journal, to_send)
                    block += unaffordable
                except UserError as error:
                    problem = stopped = str(error)
                ray.get(self._store_actor.end.remote(to_send, stopped))
            elif block:  # at present, the rest of the budget is reserved for other workers
                waits += 1
                time.sleep(_PAUSE)
            # Don't wait for ever: a lost node's reservations stay until its requests are begun again.
            if stopped or waits * _PAUSE > 2 * self._endpoint.annotator.timeout:
                break
        return {"requests": [count], "tokens": [journal.tokens], "usd": [journal.usd], "problem": [problem]}

    def _ask(self, journal: RemoteJournal, requests: Sequence[Request]) -> tuple[str, str, list[Request]]:
        """Send requests; return the last fault, why the session stopped, and the failed requests over the budget."""
        from tinyner.annotate.session import Session  # noqa: PLC0415, loads the openai client

        annotator = self._endpoint.annotator
        limiter = _limiter(
            self._endpoint.name, annotator.requests_per_minute, annotator.tokens_per_minute, self._workers
        )
        unlimited = Budget(None, 0.0)  # the actor's budget counts
        session = Session(self._endpoint, self._params, unlimited, journal, limiter=limiter)
        tally = session.ask(requests, lambda note: None)
        return session.last_fault, tally.stopped, session.unaffordable


class VllmWorker(HttpWorker):
    """Answers a block's open requests with a vLLM engine in this process, on this node's GPU."""

    def __init__(self, endpoint: Endpoint, annotate_params: Annotate, store_actor: Any, workers: int) -> None:
        """Load the model."""
        super().__init__(endpoint, annotate_params, store_actor, workers)
        vllm: Any = importlib.import_module("vllm")
        sampling = dict(endpoint.annotator.sampling)
        if "max_completion_tokens" in sampling:
            sampling["max_tokens"] = sampling.pop("max_completion_tokens")
        self._sampling = vllm.SamplingParams(**sampling)
        assert endpoint.annotator.base_url is not None
        self._llm = vllm.LLM(model=endpoint.annotator.base_url.removeprefix(VLLM))

    def _ask(self, journal: RemoteJournal, requests: Sequence[Request]) -> tuple[str, str, list[Request]]:
        messages = [self._endpoint.body(request)["messages"] for request in requests]
        outputs = self._llm.chat(messages, self._sampling, use_tqdm=False)
        for request, output in zip(requests, outputs, strict=True):
            completion = output.outputs[0]
            counts = (len(output.prompt_token_ids), None, len(completion.token_ids))
            answer = Answer(completion.text, completion.finish_reason or "", *counts)
            journal.received(request, request.ref.reply(self._endpoint.identity, answer, None))
        return "", "", []
