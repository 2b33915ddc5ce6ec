"""The progress of each batch, on the disk beside its request file as NAME.state.json."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tinyner.annotate import batch_files
from tinyner.annotate.requests import Request, RequestPlan
from tinyner.errors import UserError
from tinyner.files import write_json


@dataclass
class BatchState:
    """The progress of a batch; the fields are the file's keys."""

    name: str  # <digits of the request file>-<attempt>, which the provider keeps as the batch's metadata
    requests: int
    creating: bool = False  # its creation was requested, and whether it exists is not known
    batch_id: str | None = None
    status: str = "new"
    collected: bool = False  # its results are in the store, or none will come


def folder_of(plan: RequestPlan) -> Path:
    """Return the folder of an annotator's batches."""
    return plan.store.folder / "batches"


def path_of(folder: Path, state: BatchState) -> Path:
    """Return the file of a state."""
    return folder / f"{state.name}.state.json"


def save(folder: Path, state: BatchState) -> None:
    """Write a state."""
    write_json(path_of(folder, state), asdict(state))


def load_all(folder: Path) -> Iterator[BatchState]:
    """Read all states, those of batches that ended included."""
    for path in sorted(folder.glob("*.state.json")):
        yield BatchState(**json.loads(path.read_bytes()))


def check_no_batch_pending(plan: RequestPlan, missing: Sequence[Request], mode: str) -> None:
    """Refuse to send requests in another mode that are in a batch, and would be paid for twice.

    Raises:
        UserError: how to collect the batch, or to give it up.
    """
    folder, missing_keys = folder_of(plan), {request.key for request in missing}
    for state in load_all(folder):
        if state.collected or not (state.creating or state.batch_id):
            continue
        count = sum(ref.key in missing_keys for ref, _ in batch_files.read_refs(folder / state.name).values())
        if count:
            raise UserError(
                f"annotate.mode: {mode}, but {count} of these requests are under way in a batch "
                f"({state.batch_id or 'whose id is not known yet'}); set annotate.mode: batch to collect it, "
                f"or delete {path_of(folder, state)} to give it up and perhaps pay twice"
            )
