"""Annotation by the Batch API: request files uploaded, batches polled, results collected, what failed asked again.

Every step is on the disk before the next is taken, and each batch carries the name of its request file, so
that a run that ends anywhere, however roughly, goes on: a batch whose id was not noted any more is found by
its name. ``annotate.mode: file`` stops at the request file, for any runner, and reads the result file back.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import count, takewhile
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import openai
from openai.types import Batch

from tinyner.annotate import batch_files, batch_states
from tinyner.annotate.batch_files import Collected
from tinyner.annotate.batch_states import State
from tinyner.annotate.client import NO_MONEY, Client, key_of, worded
from tinyner.annotate.costs import Budget, Costs, reached, spent_on
from tinyner.annotate.limits import backoff
from tinyner.annotate.requests import Place, Plan, Question
from tinyner.annotate.store import Key
from tinyner.errors import UserError
from tinyner.files import atomic
from tinyner.params import Annotate

_ENDED = ("completed", "failed", "expired", "cancelled")
_FULL = "token_limit_exceeded"  # the provider holds as many tokens in its queue as it will
T = TypeVar("T")
Worst = Callable[[str], float]


def ask_in_batches(plan: Plan, knobs: Annotate, missing: Sequence[Question], budget: Budget) -> None:
    """Have all missing questions answered, by the Batch API or by whoever runs the request files.

    Raises:
        UserError: where something is left: why, and what to do.
    """
    folder = batch_states.folder_of(plan)
    worst = Costs(plan.target, batch=True).worst
    try:
        if knobs.mode == "file":
            _by_file(plan, knobs, folder, worst, budget)
        else:
            _Provider(plan, knobs, folder, worst).run(budget)
    except OSError as error:
        raise UserError(f"{error.filename or folder}: {error.strerror}; see TINYNER_REPLIES") from None
    finally:
        plan.store.close()


def _affordable(plan: Plan, left: Sequence[Question], under_way: float, budget: Budget, worst: Worst) -> list[Question]:
    """As many of the questions as the cap allows, all of them and those under way at their worst."""
    budget.spent, budget.reserved = spent_on(plan), under_way
    chosen = list(takewhile(lambda question: budget.reserve(worst(question.text)), left))
    if len(chosen) < len(left):
        print(f"max_cost_usd {budget.cap:g} allows {len(chosen)} of {len(left)} requests for now", flush=True)
    return chosen


def _reached(plan: Plan, budget: Budget) -> UserError:
    return UserError(f"{reached(budget)}; {len(plan.missing())} replies are left, raise it to go on")


def _by_file(plan: Plan, knobs: Annotate, folder: Path, worst: Worst, budget: Budget) -> None:
    for path in sorted(folder.glob("*.results.jsonl")):
        _tell(path.name, batch_files.collect(plan, path))
    left = plan.missing()
    if not left:
        return
    chosen = _affordable(plan, left, 0.0, budget, worst)
    if not chosen:
        raise _reached(plan, budget)
    paths = [
        batch_files.write(folder, part, content, worst)
        for part, content in batch_files.split(plan, chosen, knobs.batch)
    ]
    results = paths[0].with_name(paths[0].name.replace(".requests.", ".results."))
    for path in paths:
        print(f"  {path}")
    raise UserError(
        f"annotate.mode: file: {len(chosen)} requests are in {len(paths)} file(s) under {folder}; run each, e.g. "
        f"vllm run-batch -i {paths[0]} -o {results} --model {plan.target.annotator.model}, "
        "so that its results lie beside it as .results.jsonl, and run this again"
    )


class _Provider:
    """The Files and Batches API of one annotator."""

    def __init__(self, plan: Plan, knobs: Annotate, folder: Path, worst: Worst) -> None:
        self._plan, self._knobs, self._folder, self._worst = plan, knobs, folder, worst
        # Checks key and address, and words what goes wrong.
        self._told = Client(plan.target.name, plan.target.annotator, 1).told
        self._api = openai.OpenAI(
            api_key=key_of(plan.target.annotator) or "none",
            base_url=plan.target.annotator.base_url,
            timeout=max(plan.target.annotator.timeout, 60.0),
            max_retries=knobs.retries,
            http_client=openai.DefaultHttpxClient(follow_redirects=False),
        )

    def run(self, budget: Budget) -> None:
        """Go on with batches that are under way, send what else is missing, and what failed again while that helps."""
        under_way, last = self._under_way(), None
        tries: Counter[Key] = Counter()
        final: set[Key] = set()  # failed for good, in this run
        while True:
            pending = {place.key: worst for state in under_way for place, worst in self._places(state)}
            missing = self._plan.missing()
            left = [
                row
                for row in missing
                if row.key not in pending and row.key not in final and tries[row.key] <= self._knobs.retries
            ]
            held = sum(pending.get(row.key, 0.0) for row in missing)
            chosen = _affordable(self._plan, left, held, budget, self._worst)
            if left and not chosen and not under_way:
                raise _reached(self._plan, budget)
            if not chosen and not under_way:
                break
            tries.update(row.key for row in chosen)
            parts = batch_files.split(self._plan, chosen, self._knobs.batch)
            found = self._finish(under_way + [self._prepared(part, content) for part, content in parts])
            under_way, last = [], found.last or last
            final |= found.final
            if not found.replies and not found.passing:
                break
        if self._plan.missing():
            raise self._stopped(last.message if last else "left requests without a result")

    def _stopped(self, why: str) -> UserError:
        return UserError(f"{self._told(why)}; {len(self._plan.missing())} replies are left, run again to go on")

    def _under_way(self) -> list[State]:
        """The batches to go on with. A request file that became none is forgotten: it may be wanted no more."""
        found = []
        for state in batch_states.load_all(self._folder):
            if state.creating:
                state.batch_id = self._found(state.name)
                state.creating = False
            if state.batch_id is None:
                self._path(state).unlink()
            elif not state.collected:
                self._save(state)
                found.append(state)
        return found

    def _found(self, name: str) -> str | None:
        """The batch that was asked for when a run ended, if it came to be; one that failed will be asked for anew."""
        every = self._call(lambda: [one for one in self._api.batches.list(limit=100) if one.status != "failed"])
        return next((one.id for one in every if (one.metadata or {}).get("tinyner") == name), None)

    def _places(self, state: State) -> list[tuple[Place, float]]:
        return list(batch_files.places(self._folder / state.name).values())

    def _path(self, state: State) -> Path:
        return batch_states.path_of(self._folder, state)

    def _save(self, state: State) -> None:
        batch_states.save(self._folder, state)

    def _prepared(self, part: Sequence[Question], content: bytes) -> State:
        """A state for a request file that is on the disk; the same requests, once more, are another attempt."""
        digest, attempt = batch_files.write(self._folder, part, content, self._worst).name.partition(".")[0], 0
        while self._path(state := State(f"{digest}-{attempt}", len(part))).exists():
            attempt += 1
        self._save(state)
        return state

    def _finish(self, every: Sequence[State]) -> Collected:
        """Bring batches to their end, and collect; what the provider's queue has no room for waits for the others."""
        total, waiting, alone = Collected(), list(every), False
        while waiting:
            sent = waiting[:1] if alone else waiting
            full = self._round(sent, total)
            if full and alone:
                why = f"has no room in its queue for a batch of {full[0].requests} requests"
                raise UserError(f"{self._told(why)}; lower annotate.batch.max_requests")
            alone = len(full) == len(sent)  # none got in: perhaps one does by itself, and now
            waiting = full + waiting[len(sent) :]
        return total

    def _round(self, sent: Sequence[State], total: Collected) -> list[State]:
        """Have batches in work until all have ended, and collect them; those that the queue has no room for."""
        for state in sent:
            if state.batch_id is None:
                self._submit(state)
        left, full = list(sent), []
        while left:
            for state in tuple(left):
                batch = self._polled(state)
                if batch.status in _ENDED:
                    left.remove(state)
                    if self._refused(state, batch):
                        full.append(state)
                    else:
                        self._collect(state, batch, total)
            if left:
                time.sleep(self._knobs.batch.poll_seconds)
        return full

    @cached_property
    def _uploads(self) -> dict[str, str]:
        """The ids of uploaded files by their names: a run may have ended before it noted one."""
        return self._call(lambda: {one.filename: one.id for one in self._api.files.list(purpose="batch")})

    def _submit(self, state: State) -> None:
        name = f"tinyner-{state.name}.jsonl"
        file_id = self._uploads.get(name)
        if file_id is None:
            content = (self._folder / f"{state.name.partition('-')[0]}.requests.jsonl").read_bytes()
            file_id = self._call(lambda: self._api.files.create(file=(name, content), purpose="batch").id)
            self._uploads[name] = file_id
        state.creating = True
        self._save(state)
        state.batch_id = self._call(lambda: self._created(state, file_id))
        state.creating, state.status = False, "submitted"
        self._save(state)
        print(f"batch {state.batch_id}: {state.requests} requests", flush=True)

    def _created(self, state: State, file_id: str) -> str:
        """The id of a new batch. Whether a request that failed made one, nobody but the list of batches tells."""
        for attempt in count():
            try:
                return (
                    self._api.with_options(max_retries=0)
                    .batches.create(
                        input_file_id=file_id,
                        endpoint=batch_files.URL,
                        completion_window="24h",
                        metadata={"tinyner": state.name},
                    )
                    .id
                )
            except (openai.APIConnectionError, openai.InternalServerError, openai.RateLimitError) as error:
                if attempt == self._knobs.retries or error.code in NO_MONEY:
                    raise
                time.sleep(backoff(attempt))
                made = self._found(state.name)
                if made:
                    return made
        raise AssertionError

    def _polled(self, state: State) -> Batch:
        def poll() -> tuple[Batch, str]:
            batch = self._api.batches.retrieve(state.batch_id or "")
            counts = batch.request_counts
            told = f", {counts.completed} of {counts.total} done" if counts else ""
            return batch, batch.status + told + (f", {counts.failed} failed" if counts and counts.failed else "")

        batch, now = self._call(poll, state)
        if now != state.status:
            print(f"batch {state.batch_id}: {now}", flush=True)
            state.status = now
        return batch

    def _refused(self, state: State, batch: Batch) -> bool:
        """Whether the provider's queue had no room for a batch; one refused otherwise is an error."""
        if batch.status != "failed":
            return False
        problems = (batch.errors.data or []) if batch.errors else []
        why = "; ".join(f"{one.message} (line {one.line})" if one.line else f"{one.message}" for one in problems)
        full = any(one.code == _FULL for one in problems)
        if full:
            print(self._told(f"has no room for batch {state.batch_id} now: {why}"), flush=True)
            state.batch_id = None  # to be made anew
        else:
            state.collected = True  # nothing will come of it
        self._save(state)
        if not full:
            raise self._stopped(f"refused batch {batch.id}: {why or 'it gave no reason'}")
        return True

    def _collect(self, state: State, batch: Batch, total: Collected) -> None:
        for kind, file_id in (("output", batch.output_file_id), ("errors", batch.error_file_id)):
            if file_id:
                path = self._folder / f"{state.name}.{kind}.jsonl"
                self._download(state, file_id, path)
                found = batch_files.collect(self._plan, path)
                _tell(f"batch {batch.id}, {kind}", found)
                total.add(found)
        self._plan.store.close()  # on the disk before the batch counts as collected
        state.collected = True
        self._save(state)
        if total.last and total.last.fatal:
            raise self._stopped(total.last.message)
        if batch.status == "cancelled":  # whoever did it may not want it to be sent again
            raise self._stopped(f"says that batch {batch.id} was cancelled")

    def _download(self, state: State, file_id: str, path: Path) -> None:
        key = (key_of(self._plan.target.annotator) or "none").encode()

        def fetch() -> None:
            line = b""
            with self._api.files.with_streaming_response.content(file_id) as response, atomic(path) as file:
                for block in response.iter_bytes(1 << 20):
                    head, end, line = (line + block).rpartition(b"\n")
                    file.write((head + end).replace(key, b"[key]"))
                file.write(line.replace(key, b"[key]"))

        self._call(fetch, state)

    def _call(self, call: Callable[[], T], state: State | None = None) -> T:
        """What a call of the API gives; where it fails, why, and what to do if it is about a batch that is gone."""
        gone = ""
        try:
            return call()
        except openai.APIStatusError as error:
            why = worded(error)
            if error.status_code == 404 and state is not None:
                gone = f"; if batch {state.batch_id} is gone for good, delete {self._path(state)}"
        except openai.APIConnectionError as error:
            why = f"can't be reached: {error.__cause__ or error}"
        except httpx2.HTTPError as error:  # in the middle of a download, which the client leaves to us
            why = f"broke the connection: {error}"
        except openai.OpenAIError as error:
            why = f"can't be asked: {error}"
        except (AttributeError, TypeError, ValueError) as error:  # the client does not check what it is sent
            why = f"sent no answer of the Batch API, is base_url right? ({error})"
        raise UserError(f"{self._stopped(why)}{gone}")


def _tell(what: str, found: Collected) -> None:
    told: dict[str, Any] = {
        "failed": ", ".join(f"{count} {kind}" for kind, count in found.faults.most_common()),
        "repeated": found.repeated,
        "of no question": found.unknown,
    }
    more = "".join(f"; {name}: {value}" for name, value in told.items() if value)
    print(f"{what}: {found.replies} replies{more}", flush=True)
