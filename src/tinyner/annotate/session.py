"""A session: requests sent many at a time, within rate limits, budget and retries.

A reply is in the journal as soon as it arrives. If a session ends early (the cap, a fault that all requests
share, Ctrl-C), it first waits for the requests in flight, since they are paid for.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from tinyner.annotate.answers import Answer, Fault
from tinyner.annotate.client import Client
from tinyner.annotate.costs import Budget, WorstCase, cost_of, out_of_money
from tinyner.annotate.journal import Journal
from tinyner.annotate.rate_limits import RateLimiter, backoff
from tinyner.annotate.requests import Endpoint, Request
from tinyner.annotate.tally import Tally
from tinyner.params import Annotate

INTERRUPTED = "interrupted"
_FIRST = 16  # requests that are sent before the first response, whose headers may state the limits
_PATIENCE = 600.0  # seconds: a longer wait ends the session
_SILENT = 10.0  # seconds: a longer wait is announced
_UNREACHED_RETRIES = 2  # of a request, while no server was there at all: it is not started, or elsewhere


class Session:
    """Sends requests to an endpoint, and records each in a journal."""

    def __init__(
        self,
        endpoint: Endpoint,
        annotate_params: Annotate,
        budget: Budget,
        journal: Journal,
        *,
        limiter: RateLimiter | None = None,
    ) -> None:
        """Prepare a session.

        Args:
            endpoint: where the requests go.
            annotate_params: how often to retry, and when to give up.
            budget: what may be spent.
            journal: where requests and replies are recorded.
            limiter: one that has learned before, or has a share of the annotator's limits; None for a new one.
        """
        annotator = endpoint.annotator
        self._endpoint, self._params, self._budget, self._journal = endpoint, annotate_params, budget, journal
        self._worst_case = WorstCase(endpoint)
        self._spent_before = budget.spent if annotator.price is not None else None
        self._limiter = limiter or RateLimiter(annotator.requests_per_minute, annotator.tokens_per_minute)
        self.tally = Tally()
        self.last_fault = ""
        self.unaffordable: list[Request] = []  # failed requests that the budget has no room to repeat
        self._failures_in_row: tuple[str, int] = ("", 0)  # their kind, and how many
        self._reached = False  # whether a server was ever there
        self._announced_until = 0.0  # the end of the wait that was announced last
        self._error: Exception | None = None
        self._idle: set[asyncio.Task[None]] = set()  # workers that wait, with no request in flight

    def ask(
        self, requests: Sequence[Request], step: Callable[[str], None], signals: Sequence[signal.Signals] = ()
    ) -> Tally:
        """Send requests, and return how they ended.

        Args:
            requests: each is sent until it is answered, or given up.
            step: called with a progress line whenever a request has ended.
            signals: the first of these lets the requests in flight come back, the second drops them.

        Raises:
            UserError: where the client can't be made, or a reply can't be stored.
        """
        asyncio.run(self._ask(requests, step, signals))
        return self.tally

    async def _ask(
        self, requests: Sequence[Request], step: Callable[[str], None], signals: Sequence[signal.Signals]
    ) -> None:
        workers = min(self._endpoint.annotator.concurrency, max(1, len(requests)))
        self._client = Client(self._endpoint.name, self._endpoint.annotator, workers)
        self._limiter.begin()
        self._responded, self._settled = asyncio.Event(), asyncio.Event()
        self._started = self._last_reply = time.monotonic()
        self._total, self._step = len(requests), step
        queue = iter(requests)
        tasks = [asyncio.create_task(self._work(queue, number)) for number in range(workers)]
        try:
            with self._interruptible(tasks, signals):
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await self._client.close()
        if self._error is not None:
            raise self._error

    @contextmanager
    def _interruptible(self, tasks: Iterable[asyncio.Task[None]], signals: Sequence[signal.Signals]) -> Iterator[None]:
        """Stop sending at the first signal, and drop what is in flight at the second."""
        warned = False

        def interrupt() -> None:
            nonlocal warned
            if warned:
                for task in tasks:
                    task.cancel()
                return
            warned = True
            print("waiting for the replies under way, which are paid for; Ctrl-C again drops them", flush=True)
            self._stop(INTERRUPTED)

        loop = asyncio.get_running_loop()
        try:
            for number in signals:
                loop.add_signal_handler(number, interrupt)
        except (NotImplementedError, RuntimeError, ValueError):  # not on this system, or not in the main thread
            yield
            return
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    def _stop(self, why: str) -> None:
        """Send nothing more: requests in flight go on, workers that wait are cancelled."""
        if not self.tally.stopped:
            self.tally.stopped = why
            for task in self._idle:
                task.cancel()

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Mark this worker as one that ``_stop`` may cancel."""
        task = asyncio.current_task()
        assert task is not None
        if self.tally.stopped:  # nobody would wake it any more
            raise asyncio.CancelledError
        self._idle.add(task)
        try:
            yield
        finally:
            self._idle.discard(task)

    async def _work(self, queue: Iterator[Request], number: int) -> None:
        try:
            if number >= _FIRST:
                with self._waiting():
                    await self._responded.wait()
            while not self.tally.stopped:
                request = next(queue, None)
                if request is None:
                    return
                await self._ask_until_answered(request)
        except Exception as error:  # e.g. of the store: send nothing that can't be stored
            self._error = self._error or error
            self._stop("failed")

    async def _ask_until_answered(self, request: Request) -> None:
        """Send a request until it is answered or given up; each attempt reserves its worst case in the budget."""
        text, body, attempt, refusals = request.text, self._endpoint.body(request), 0, 0
        worst_usd = self._worst_case.usd(text)
        # What a provider counts against tokens per minute: the prompt, roughly, and all that the reply may have.
        tokens = len(text) / 4 + (self._endpoint.annotator.max_output or 0)
        while await self._reserve(worst_usd):
            actual_usd, affordable = 0.0, True
            try:
                with self._waiting():
                    await self._limiter.acquire(tokens)
                if worst_usd:
                    self._journal.asked(request, worst_usd)
                try:
                    result, headers = await self._client.ask(body)
                except BaseException:  # dropped while in flight, and so it is paid for
                    if worst_usd:
                        actual_usd = worst_usd
                        self._journal.lost(request, worst_usd, "dropped")
                    raise
                self._limiter.learn(headers)
                self._check_wait(self._limiter.pause_left, "the limit that its headers tell of is used up")
                self._responded.set()
                self._reached |= isinstance(result, Answer) or not result.unreached
                if isinstance(result, Answer):
                    usd = cost_of(self._endpoint.annotator, result, worst_usd)
                    actual_usd = usd or 0.0
                    self._record(request, result, usd)
                    return
                if worst_usd:
                    actual_usd = worst_usd if result.billed else 0.0
                    self.tally.lost_usd += actual_usd
                    affordable = self._journal.lost(request, actual_usd, result.kind)
            finally:
                self._budget.settle(worst_usd, actual_usd)
                self._settled.set()
            refusals = refusals + 1 if result.limited else 0
            wait = self._wait_before_retry(request, result, attempt, refusals)
            if wait is None or self.tally.stopped:
                return
            if not affordable:
                self.unaffordable.append(request)
                return
            attempt += not result.limited
            with self._waiting():
                await asyncio.sleep(wait)

    async def _reserve(self, worst_usd: float) -> bool:
        """Wait until a request's worst case fits under the cap, and reserve it; False where it never will fit."""
        while not self._budget.reserve(worst_usd):
            if not self._budget.open:
                self._stop(out_of_money(self._budget, worst_usd))
                return False
            self._settled.clear()
            with self._waiting():
                await self._settled.wait()
        return True

    def _record(self, request: Request, answer: Answer, usd: float | None) -> None:
        self._journal.received(request, request.ref.reply(self._endpoint.identity, answer, usd))
        self._limiter.succeeded()
        self._failures_in_row, self._last_reply = ("", 0), time.monotonic()
        self.tally.answered += 1
        self.tally.usd += usd or 0.0
        self.tally.tokens += (answer.prompt_tokens or 0) + (answer.completion_tokens or 0)
        self._report_progress()

    def _check_wait(self, wait: float, why: str, *, is_asked_for: bool = True) -> bool:
        """Announce a long wait once; stop the session for one that is too long, and return whether it was.

        Args:
            wait: seconds.
            why: what the server said, or what went wrong.
            is_asked_for: whether the server refused to be asked sooner; else it is our own patience.
        """
        if wait > _PATIENCE:
            self._stop(self._client.message(f"would have us wait {wait:.0f} s: {why}"))
            return True
        now = time.monotonic()
        if wait > _SILENT and now > self._announced_until:
            self._announced_until = now + wait
            announcement = f"has us wait {wait:.0f} s: {why}" if is_asked_for else f"{why}; next try in {wait:.0f} s"
            print(self._client.message(announcement), flush=True)
        return False

    def _wait_before_retry(self, request: Request, fault: Fault, attempt: int, refusals: int) -> float | None:
        """Return seconds until the next try, None to give the request up; stop the session at a fatal fault."""
        if fault.limited:
            self.tally.refused += 1
            self._limiter.refused(fault.wait)
            wait = 0.0 if fault.wait else backoff(refusals - 1)
            if self._check_wait(fault.wait or wait, fault.message):
                return None
            if time.monotonic() - self._last_reply > _PATIENCE:
                why = f"is limited, and let nothing pass in {_PATIENCE:.0f} s: {fault.message}"
                self._stop(self._client.message(why))
                return None
            return wait
        if fault.fatal:
            self._stop(self._client.message(fault.message))
            return None
        if fault.unreached and not self._reached and attempt >= min(_UNREACHED_RETRIES, self._params.retries):
            self._stop(self._client.message(fault.message))
            return None
        if not fault.transient or attempt >= self._params.retries:
            self._give_up(request, fault)
            return None
        wait = max(fault.wait or 0.0, backoff(attempt))
        return None if self._check_wait(wait, fault.message, is_asked_for=bool(fault.wait)) else wait

    def _give_up(self, request: Request, fault: Fault) -> None:
        self.tally.failed[fault.kind] += 1
        kind, count = self._failures_in_row
        count = count + 1 if kind == fault.kind else 1
        self._failures_in_row = fault.kind, count
        if count >= self._params.max_failures:
            self._stop(self._client.message(f"{fault.message} ({count} in a row)"))
        self.last_fault = f"{self._client.message(fault.message)} (sentence {request.sentence['id']})"
        self._report_progress()

    def _report_progress(self) -> None:
        self._step(self.tally.progress(self._total, time.monotonic() - self._started, self._spent_before))
