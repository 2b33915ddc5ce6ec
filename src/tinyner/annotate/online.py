"""All missing questions asked at once, within limits, budget and patience.

A reply is in the store the moment it arrives. Whatever ends the run early (a cap, a fault that all
requests share, Ctrl-C) lets the requests under way come back first, for they are paid.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tinyner.annotate.client import Client, Fault
from tinyner.annotate.costs import Budget, Costs, cost_of, out_of_money
from tinyner.annotate.journal import Books, Own
from tinyner.annotate.limits import Limiter, backoff
from tinyner.annotate.requests import Answer, Plan, Question, Target
from tinyner.errors import UserError
from tinyner.params import Annotate
from tinyner.progress import Board

FIRST = 16  # requests before the first response has told the limits
INTERRUPTED = "interrupted"
_PATIENCE = 600.0  # seconds that a server may hold anything up
_SILENT = 10.0  # seconds that are waited without a word


@dataclass
class Tally:
    """How a run stands."""

    done: int = 0
    tokens: int = 0
    usd: float = 0.0
    lost: float = 0.0  # US dollars, for replies that never came
    refused: int = 0  # 429s
    retried: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # given up, by kind
    stopped: str = ""  # why the run ended early


class Run:
    """One run over the missing questions of a plan."""

    def __init__(
        self,
        target: Target,
        knobs: Annotate,
        budget: Budget,
        books: Books,
        *,
        limiter: Limiter | None = None,
    ) -> None:
        """``limiter``: one that has learned before, or has but a share of the annotator's limits."""
        one = target.annotator
        self._target, self._knobs, self._budget, self._books = target, knobs, budget, books
        self._costs, self._before = Costs(target), budget.spent
        self._limiter = limiter or Limiter(one.requests_per_minute, one.tokens_per_minute)
        self._announced = 0.0  # until when it was said that nothing goes on
        self.tally = Tally()
        self._alike: tuple[str, int] = ("", 0)  # failures in a row, and of which kind
        self._error: Exception | None = None
        self.last_fault = ""
        self.later: list[Question] = []  # that there was no money for to ask again
        self._idle: set[asyncio.Task[None]] = set()  # workers that wait, with no request under way

    def ask(
        self, questions: Sequence[Question], step: Callable[[str], None], signals: Sequence[signal.Signals] = ()
    ) -> Tally:
        """Ask them; ``step`` is called with a note on each that is done with, and ``signals`` end the run in peace.

        Raises:
            UserError: where the client can't be made, or a reply can't be kept.
        """
        asyncio.run(self._ask(questions, step, signals))
        return self.tally

    async def _ask(
        self, questions: Sequence[Question], step: Callable[[str], None], signals: Sequence[signal.Signals]
    ) -> None:
        workers = min(self._target.annotator.concurrency, max(1, len(questions)))
        self._client = Client(self._target.name, self._target.annotator, workers)
        self._limiter.begin()
        self._first, self._freed = asyncio.Event(), asyncio.Event()
        self._started = self._moved = time.monotonic()  # moved: when a reply last arrived
        self._total, self._step = len(questions), step
        todo = iter(questions)
        tasks = [asyncio.create_task(self._work(todo, number)) for number in range(workers)]
        try:
            with self._interruptible(tasks, signals):
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await self._client.close()
        if self._error is not None:
            raise self._error

    @contextmanager
    def _interruptible(self, tasks: Iterable[asyncio.Task[None]], signals: Sequence[signal.Signals]) -> Iterator[None]:
        """Ctrl-C once: nothing new is asked; twice: what is under way is dropped."""
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
            for one in signals:
                loop.add_signal_handler(one, interrupt)
        except (NotImplementedError, RuntimeError, ValueError):  # not on this system, or not in the main thread
            yield
            return
        try:
            yield
        finally:
            for one in signals:
                loop.remove_signal_handler(one)

    def _stop(self, why: str) -> None:
        """Ask nothing more. Requests under way go on; whoever waits for a turn need not."""
        if not self.tally.stopped:
            self.tally.stopped = why
            for task in self._idle:
                task.cancel()

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        if self.tally.stopped:  # nobody would wake it any more
            raise asyncio.CancelledError
        self._idle.add(task)
        try:
            yield
        finally:
            self._idle.discard(task)

    async def _work(self, todo: Iterator[Question], number: int) -> None:
        try:
            if number >= FIRST:
                with self._waiting():
                    await self._first.wait()
            while not self.tally.stopped:
                question = next(todo, None)
                if question is None:
                    return
                await self._answer(question)
        except Exception as error:  # of the store, say: nothing more may be paid for
            self._error = self._error or error
            self._stop("failed")

    async def _answer(self, question: Question) -> None:
        """Ask until there is an answer, or no hope of one; every attempt is reserved at its worst."""
        text, body, attempt, refusals = question.text, self._target.body(question), 0, 0
        worst = self._costs.worst(text)
        # What a provider counts against tokens a minute: the prompt, roughly, and all that the reply may have.
        tokens = len(text) / 4 + (self._target.annotator.max_output or 0)
        while await self._reserved(worst):
            actual, again = 0.0, True
            try:
                with self._waiting():
                    await self._limiter.acquire(tokens)
                if worst:
                    self._books.ask(question, worst)
                try:
                    found, headers = await self._client.ask(body)
                except BaseException:  # dropped: it is on its way, and so it is paid for
                    if worst:
                        actual = worst
                        self._books.lose(question, worst, "dropped")
                    raise
                self._limiter.learn(headers)
                self._held(self._limiter.held, "the limit that its headers tell of is used up")
                self._first.set()
                if isinstance(found, Answer):
                    actual = cost_of(self._target.annotator, found, worst) or 0.0
                    self._arrived(question, found, worst)
                    return
                if worst:
                    actual = worst if found.billed else 0.0
                    self.tally.lost += actual
                    again = self._books.lose(question, actual, found.kind)
            finally:
                self._budget.settle(worst, actual)
                self._freed.set()
            refusals = refusals + 1 if found.limited else 0
            wait = self._faulty(question, found, attempt, refusals)
            if wait is None or self.tally.stopped:
                return
            if not again:
                self.later.append(question)
                return
            attempt += not found.limited
            with self._waiting():
                await asyncio.sleep(wait)

    async def _reserved(self, worst: float) -> bool:
        """Wait until a request fits under the cap, with those under way at their worst; False: it never will."""
        while not self._budget.reserve(worst):
            if not self._budget.open:
                self._stop(out_of_money(self._budget, worst))
                return False
            self._freed.clear()
            with self._waiting():
                await self._freed.wait()
        return True

    def _arrived(self, question: Question, answer: Answer, worst: float) -> None:
        usd = cost_of(self._target.annotator, answer, worst)
        self._books.put(question, question.place.reply(self._target.identity, answer, usd))
        self._limiter.succeeded()
        self._alike, self._moved = ("", 0), time.monotonic()
        self.tally.done += 1
        self.tally.usd += usd or 0.0
        self.tally.tokens += (answer.prompt_tokens or 0) + (answer.completion_tokens or 0)
        self._step(self._note())

    def _held(self, wait: float, why: str) -> bool:
        """Whether a wait is longer than anybody will sit through; one that seems long is told of, once."""
        if wait > _PATIENCE:
            self._stop(self._client.told(f"would have us wait {wait:.0f} s: {why}"))
            return True
        now = time.monotonic()
        if wait > _SILENT and now > self._announced:
            self._announced = now + wait
            print(self._client.told(f"has us wait {wait:.0f} s: {why}"), flush=True)
        return False

    def _faulty(self, question: Question, fault: Fault, attempt: int, refusals: int) -> float | None:
        """What a fault means for this request, seconds until the next try or None, and for all others."""
        if fault.limited:
            self.tally.refused += 1
            self._limiter.refused(fault.wait)
            wait = 0.0 if fault.wait else backoff(refusals - 1)
            if self._held(fault.wait or wait, fault.message):
                return None
            if time.monotonic() - self._moved > _PATIENCE:
                self._stop(self._client.told(f"is limited, and let nothing pass in {_PATIENCE:.0f} s: {fault.message}"))
                return None
            return wait
        if fault.fatal:
            self._stop(self._client.told(fault.message))
            return None
        if not fault.passing or attempt >= self._knobs.retries:
            self._give_up(question, fault)
            return None
        self.tally.retried += 1
        wait = max(fault.wait or 0.0, backoff(attempt))
        return None if self._held(wait, fault.message) else wait

    def _give_up(self, question: Question, fault: Fault) -> None:
        self.tally.failed[fault.kind] += 1
        kind, count = self._alike
        self._alike = (fault.kind, count + 1 if kind == fault.kind else 1)
        if self._alike[1] >= self._knobs.max_failures:
            self._stop(self._client.told(f"{fault.message} ({self._alike[1]} in a row)"))
        self.last_fault = f"{self._client.told(fault.message)} (sentence {question.id})"
        self._step(self._note())

    def _note(self) -> str:
        tally, seconds = self.tally, max(1e-9, time.monotonic() - self._started)
        ended = tally.done + tally.failed.total()
        told = [f"{tally.failed.total()} failed", f"{tally.done / seconds:.1f}/s", f"{tally.tokens:,} tokens"]
        if self._target.annotator.price is not None:
            spent = self._before + tally.usd + tally.lost  # as the cap counts
            projected = spent + tally.usd / max(1, tally.done) * (self._total - ended)
            told.append(f"${spent:.4f} so far, about ${projected:.4f} in all")
        told.append(f"{(self._total - ended) * seconds / max(1, ended):.0f} s left")
        return f"({', '.join(told)})"


def ask_online(plan: Plan, knobs: Annotate, missing: Sequence[Question], budget: Budget, shown: Board) -> Tally:
    """Ask what is missing, into the plan's store, with a progress bar.

    Raises:
        UserError: where not all of it was answered: why, how much is left, and that a rerun goes on.
    """
    store = plan.store
    run = Run(plan.target, knobs, budget, Own(store))
    task = shown.task(f"asking {plan.target.name}, {plan.known()} cached", len(missing))
    try:
        tally = run.ask(missing, lambda note: task.step(note=note), (signal.SIGINT, signal.SIGTERM))
    finally:
        store.close()
    left = len(missing) - tally.done
    if tally.stopped == INTERRUPTED:
        print(f"{tally.done} replies are stored, {left} are left: run again to go on", flush=True)
        raise KeyboardInterrupt
    if left:
        why = tally.stopped or f"{run.last_fault}; {_kinds(tally.failed)} failed for good"
        raise UserError(f"{why}; {left} replies are left, run again to go on")
    return tally


def _kinds(failed: Counter[str]) -> str:
    return ", ".join(f"{count} x {kind}" for kind, count in failed.most_common())
