"""Requests that wait are computed together, in a single thread; all else here happens in the event loop's thread.

The thread takes what waits, up to some texts and characters, so a request that comes alone is computed at once, and
many that come together share the work. A request with many texts gives a part of them at a time, and the others have
their turns between. A long text is computed by itself, in steps: the thread takes in turn a batch of the others and a
step of a long one. Another thread splits long texts into words before, which can take seconds.
"""

import asyncio
import sys
import traceback
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tinyner.predict.labelling import Labelled, Steps
from tinyner.predict.text import Text
from tinyner.service.refusal import RefusedError

_CHARACTERS = 10_000  # of texts that are computed at once: about 1,700 words; more would make others wait, no less work


class Labeller(Protocol):
    """What gives texts their entities: many at once, or a long one in steps, for which it is split at once."""

    def label(self, texts: Sequence[Text]) -> list[Labelled]: ...  # noqa: D102

    def steps(self, text: Text) -> Steps: ...  # noqa: D102


@dataclass(eq=False)
class _Job:
    """A request that waits: what is still to be computed of it, the answers to the rest, and who waits."""

    left: deque[Text | Steps]
    answers: list[Labelled]
    future: asyncio.Future[list[Labelled]]


@dataclass
class _Part:
    """What a batch has of a request."""

    job: _Job
    texts: list[Text]
    result: list[Labelled] | Exception = field(default_factory=list)


class Batches:
    """The requests that wait, and what computes them."""

    def __init__(self, labeller: Labeller, thread: Executor, splitter: Executor, batch_texts: int) -> None:
        """Take what labels, the threads that it labels and splits in, and how many texts are computed at once."""
        self._labeller, self._thread, self._splitter = labeller, thread, splitter
        self._batch_texts = batch_texts
        self._waiting: deque[_Job] = deque()  # whose next text is computed with others'
        self._in_steps: deque[_Job] = deque()  # whose next text is long
        self._some = asyncio.Event()

    async def answers(self, texts: Sequence[Text]) -> list[Labelled]:
        """Return the texts with their entities, once it was their turn; a task that is cancelled before loses it.

        Raises:
            RefusedError: 500, where the model fails.
        """
        if not texts:
            return []
        left = deque([await self._split(text) if len(text.text) > _CHARACTERS else text for text in texts])
        job = _Job(left, [], asyncio.get_running_loop().create_future())
        self._put(job)
        self._some.set()
        try:
            return await job.future
        finally:
            self._forget(job)

    async def _split(self, text: Text) -> Steps:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._splitter, self._labeller.steps, text)
        except Exception as error:
            raise failure(error) from None

    async def work(self) -> None:
        """Compute what waits, until the task is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._some.wait()
            if not self._waiting and not self._in_steps:
                self._some.clear()
                continue
            if parts := self._next_parts():
                await loop.run_in_executor(self._thread, self._compute, parts)
                for part in parts:
                    self._hand_over(part.job, part.result)
            if self._in_steps:
                job = self._in_steps.popleft()
                steps = job.left.popleft()
                assert not isinstance(steps, Text)
                result = await loop.run_in_executor(self._thread, _next_step, steps)
                if result is None:
                    job.left.appendleft(steps)
                if not job.future.done() and job.left:
                    self._put(job)
                self._hand_over(job, result or [])

    def _put(self, job: _Job) -> None:
        """Let a request wait, behind the others."""
        (self._waiting if isinstance(job.left[0], Text) else self._in_steps).append(job)

    def _forget(self, job: _Job) -> None:
        """Let a request wait no more."""
        for line in (self._waiting, self._in_steps):
            if job in line:
                line.remove(job)

    def _next_parts(self) -> list[_Part]:
        """Take texts of those who wait, in their turn; who has more texts waits again, behind the others."""
        parts: list[_Part] = []
        unfinished: list[_Job] = []
        texts = characters = 0
        while self._waiting and texts < self._batch_texts and characters < _CHARACTERS:
            job = self._waiting.popleft()
            part = _Part(job, [])
            while job.left and texts < self._batch_texts and characters < _CHARACTERS:
                text = job.left[0]
                if not isinstance(text, Text):
                    break
                job.left.popleft()
                part.texts.append(text)
                texts += 1
                characters += len(text.text)
            parts.append(part)
            if job.left:
                unfinished.append(job)
        for job in unfinished:
            self._put(job)
        return parts

    def _compute(self, parts: Sequence[_Part]) -> None:
        """Fill in results; where they fail together, each by itself, so that a text spoils no other's answer."""
        try:
            answers = self._labeller.label([text for part in parts for text in part.texts])
        except Exception as error:
            if len(parts) == 1:
                parts[0].result = error
                return
            for part in parts:
                self._compute([part])
            return
        place = 0
        for part in parts:
            part.result = answers[place : place + len(part.texts)]
            place += len(part.texts)

    def _hand_over(self, job: _Job, result: list[Labelled] | Exception) -> None:
        """Give a request what was computed of it; once that is all, it has its answer."""
        if job.future.done():  # who waited has gone
            return
        if isinstance(result, Exception):
            self._forget(job)
            job.future.set_exception(failure(result))
            return
        job.answers += result
        if not job.left:
            job.future.set_result(job.answers)


def _next_step(steps: Steps) -> list[Labelled] | Exception | None:
    """Compute the next step of a text; return the text with its entities, if it was the last."""
    try:
        next(steps)
    except StopIteration as end:
        return [end.value]
    except Exception as error:
        return error
    return None


def failure(error: Exception) -> RefusedError:
    """Return the refusal for a failure of ours, and print where it was: not what it says, which may quote the text."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    kind = type(error).__name__
    print(f"tinyner: a request failed: {kind} in {Path(place.filename).name}, line {place.lineno}", file=sys.stderr)
    return RefusedError(500, f"the model failed ({kind}); other requests are answered")
