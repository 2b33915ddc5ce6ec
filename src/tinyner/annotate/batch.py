"""Annotation by the Batch API: request files uploaded, batches polled, results collected, failed requests sent again.

Every step is saved before the next is taken, so that another run goes on where one ended. Each batch carries the name
of its request file: a batch whose id was not saved before a run ended is found by that name. ``annotate.mode: file``
writes request files for any other program, stops, and reads the result files in the next run.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path

from openai.types import Batch

from tinyner.annotate import batch_files, batch_states
from tinyner.annotate.batch_api import BatchApi
from tinyner.annotate.batch_files import Collected
from tinyner.annotate.batch_states import BatchState
from tinyner.annotate.costs import Budget, WorstCase, cap_reached
from tinyner.annotate.reply_rows import ReplyKey
from tinyner.annotate.requests import Request, RequestPlan
from tinyner.errors import UserError
from tinyner.params import Annotate

_ENDED = ("completed", "failed", "expired", "cancelled")
_QUEUE_FULL = "token_limit_exceeded"  # the code where the provider's queue has no room for a batch's tokens
WorstUsd = Callable[[str], float]
"""The most that a prompt and its reply may cost."""


def ask_in_batches(plan: RequestPlan, annotate_params: Annotate, missing: Sequence[Request], budget: Budget) -> None:
    """Have the missing requests answered by the Batch API, or by whoever runs the request files.

    Raises:
        UserError: where replies are still missing: why, and what to do.
    """
    folder = batch_states.folder_of(plan)
    worst_usd = WorstCase(plan.endpoint, batch=True).usd
    try:
        if annotate_params.mode == "file":
            _ask_by_file(plan, annotate_params, folder, worst_usd, budget)
        else:
            _Batches(plan, annotate_params, folder, worst_usd).run(budget)
    except OSError as error:
        raise UserError(f"{error.filename or folder}: {error.strerror}; see TINYNER_REPLIES") from None
    finally:
        plan.store.close()


def _affordable(
    plan: RequestPlan, missing: Sequence[Request], pending_usd: float, budget: Budget, worst_usd: WorstUsd
) -> list[Request]:
    """Return as many of the requests as the cap allows, with these and the pending ones at their worst case."""
    budget.spent, budget.reserved = plan.spent_usd(), pending_usd
    chosen = list(takewhile(lambda request: budget.reserve(worst_usd(request.text)), missing))
    if len(chosen) < len(missing):
        print(f"max_cost_usd {budget.cap:g} allows {len(chosen)} of {len(missing)} requests for now", flush=True)
    return chosen


def _cap_error(plan: RequestPlan, budget: Budget) -> UserError:
    return UserError(f"{cap_reached(budget)}; {len(plan.missing())} replies are left, raise it to go on")


def _ask_by_file(
    plan: RequestPlan, annotate_params: Annotate, folder: Path, worst_usd: WorstUsd, budget: Budget
) -> None:
    """Collect the result files that are there, and write request files for what is missing."""
    for path in sorted(folder.glob("*.results.jsonl")):
        requests_path = path.with_name(path.name.replace(".results.", ".requests."))
        if requests_path.exists():
            batch_files.read_requests(requests_path)
        print(f"{path.name}: {batch_files.collect(plan, path).summary()}", flush=True)
    missing = plan.missing()
    if not missing:
        return
    chosen = _affordable(plan, missing, 0.0, budget, worst_usd)
    if not chosen:
        raise _cap_error(plan, budget)
    paths = [
        batch_files.write(folder, part, content, worst_usd)
        for part, content in batch_files.split(plan, chosen, annotate_params.batch)
    ]
    results = paths[0].with_name(paths[0].name.replace(".requests.", ".results."))
    for path in paths:
        print(f"  {path}")
    raise UserError(
        f"annotate.mode: file: {len(chosen)} requests are in {len(paths)} file(s) under {folder}; run each, e.g. "
        f"vllm run-batch -i {paths[0]} -o {results} --model {plan.endpoint.annotator.model}, "
        "so that its results lie beside it as .results.jsonl, and run this again"
    )


class _Batches:
    """The batches of one annotator, and their states on the disk."""

    def __init__(self, plan: RequestPlan, annotate_params: Annotate, folder: Path, worst_usd: WorstUsd) -> None:
        self._plan, self._params, self._folder, self._worst_usd = plan, annotate_params, folder, worst_usd
        self._api = BatchApi(plan, annotate_params.retries, folder)

    def run(self, budget: Budget) -> None:
        """Finish pending batches, send the other missing requests, and repeat failed ones as long as that may help.

        Raises:
            UserError: where replies are still missing: why, and that another run goes on.
        """
        pending, last_fault = self._pending(), None
        tries: Counter[ReplyKey] = Counter()
        final: set[ReplyKey] = set()  # requests that failed for good, in this run
        while True:
            pending_usd = {ref.key: usd for state in pending for ref, usd in batch_states.refs_of(self._folder, state)}
            missing = self._plan.missing()
            unsent = [
                request
                for request in missing
                if request.key not in pending_usd
                and request.key not in final
                and tries[request.key] <= self._params.retries
            ]
            reserved = sum(pending_usd.get(request.key, 0.0) for request in missing)
            chosen = _affordable(self._plan, unsent, reserved, budget, self._worst_usd)
            if unsent and not chosen and not pending:
                raise _cap_error(self._plan, budget)
            if not chosen and not pending:
                break
            tries.update(request.key for request in chosen)
            parts = batch_files.split(self._plan, chosen, self._params.batch)
            collected = self._finish(pending + [self._prepare(part, content) for part, content in parts])
            pending, last_fault = [], collected.last_fault or last_fault
            final |= collected.final
            if not collected.replies and not collected.transient:
                break
        if self._plan.missing():
            raise self._api.failure(last_fault.message if last_fault else "left requests without a result")

    def _pending(self) -> list[BatchState]:
        """Return the batches to finish; forget request files of which no batch was created: they may be out of date."""
        pending = []
        for state in batch_states.load_all(self._folder):
            if state.creating:
                state.batch_id = self._api.find(state.name)
                state.creating = False
            if state.batch_id is None:
                batch_states.path_of(self._folder, state).unlink()
            elif not state.collected:
                self._save(state)
                pending.append(state)
        return pending

    def _save(self, state: BatchState) -> None:
        batch_states.save(self._folder, state)

    def _prepare(self, part: Sequence[Request], content: bytes) -> BatchState:
        """Write a request file and its state; the same requests, sent again, are another attempt."""
        path = batch_files.write(self._folder, part, content, self._worst_usd)
        digits, attempt = path.name.partition(".")[0], 0
        state = BatchState(f"{digits}-{attempt}", len(part))
        while batch_states.path_of(self._folder, state).exists():
            attempt += 1
            state = BatchState(f"{digits}-{attempt}", len(part))
        self._save(state)
        return state

    def _finish(self, states: Sequence[BatchState]) -> Collected:
        """Run batches to their end, and collect them. Those that the provider's queue has no room for are sent later.

        Raises:
            UserError: where the queue has no room even for one batch alone.
        """
        total, waiting, alone = Collected(), list(states), False
        while waiting:
            sent = waiting[:1] if alone else waiting
            refused = self._round(sent, total)
            if refused and alone:
                why = f"has no room in its queue for a batch of {refused[0].requests} requests"
                raise UserError(f"{self._api.message(why)}; lower annotate.batch.max_requests")
            alone = len(refused) == len(sent)  # the queue took none: perhaps it takes one by itself
            waiting = refused + waiting[len(sent) :]
        return total

    def _round(self, sent: Sequence[BatchState], total: Collected) -> list[BatchState]:
        """Submit batches, wait until all have ended, and add their results to ``total``.

        Returns:
            Those that the provider's queue had no room for.
        """
        for state in sent:
            if state.batch_id is None:
                self._submit(state)
        running, refused = list(sent), []
        while running:
            for state in tuple(running):
                batch = self._poll(state)
                if batch.status in _ENDED:
                    running.remove(state)
                    if self._is_refused(state, batch):
                        refused.append(state)
                    else:
                        self._collect(state, batch, total)
            if running:
                time.sleep(self._params.batch.poll_seconds)
        return refused

    def _submit(self, state: BatchState) -> None:
        file_id = self._api.upload(state.name)
        state.creating = True
        self._save(state)
        state.batch_id = self._api.create(state.name, file_id)
        state.creating, state.status = False, "submitted"
        self._save(state)
        print(f"batch {state.batch_id}: {state.requests} requests", flush=True)

    def _poll(self, state: BatchState) -> Batch:
        batch, status = self._api.retrieve(state)
        if status != state.status:
            print(f"batch {state.batch_id}: {status}", flush=True)
            state.status = status
        return batch

    def _is_refused(self, state: BatchState, batch: Batch) -> bool:
        """Return whether the provider's queue had no room for a batch.

        Raises:
            UserError: where the batch failed for another reason.
        """
        if batch.status != "failed":
            return False
        errors = (batch.errors.data or []) if batch.errors else []
        why = "; ".join(
            f"{error.message} (line {error.line})" if error.line else f"{error.message}" for error in errors
        )
        queue_full = any(error.code == _QUEUE_FULL for error in errors)
        if queue_full:
            print(self._api.message(f"has no room for batch {state.batch_id} now: {why}"), flush=True)
            state.batch_id = None  # to be created again
        else:
            state.collected = True  # it has no results to wait for
        self._save(state)
        if not queue_full:
            raise self._api.failure(f"refused batch {batch.id}: {why or 'it gave no reason'}")
        return True

    def _collect(self, state: BatchState, batch: Batch, total: Collected) -> None:
        for kind, file_id in (("output", batch.output_file_id), ("errors", batch.error_file_id)):
            if file_id:
                path = self._folder / f"{state.name}.{kind}.jsonl"
                self._api.download(state, file_id, path)
                collected = batch_files.collect(self._plan, path)
                print(f"batch {batch.id}, {kind}: {collected.summary()}", flush=True)
                total.add(collected)
        self._plan.store.close()  # on the disk before the batch counts as collected
        state.collected = True
        self._save(state)
        if total.last_fault and total.last_fault.fatal:
            raise self._api.failure(total.last_fault.message)
        if batch.status == "cancelled":  # perhaps on purpose: don't send it again
            raise self._api.failure(f"says that batch {batch.id} was cancelled")
