"""The progress of each batch, on the disk beside its request file as NAME.state.json."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinyner.annotate import batch_files
from tinyner.annotate.requests import Request, RequestPlan, RequestRef
from tinyner.errors import UserError
from tinyner.files import atomic
from tinyner.sealed_rows import DamageError, read_line, sealed


@dataclass
class BatchState:
    """The progress of a batch; the fields are the file's keys."""

    name: str  # <digits of the request file>-<attempt>, which the provider keeps as the batch's metadata
    requests: int
    creating: bool = False  # creation was requested; whether the batch exists is unknown
    batch_id: str | None = None
    status: str = "new"
    collected: bool = False  # its results are in the store, or none will come


_TYPES: dict[str, Any] = {
    "name": str,
    "requests": int,
    "creating": bool,
    "batch_id": str | None,
    "status": str,
    "collected": bool,
}


def folder_of(plan: RequestPlan) -> Path:
    """Return the folder of an annotator's batches."""
    return plan.store.folder / "batches"


def path_of(folder: Path, state: BatchState) -> Path:
    """Return the file of a state."""
    return folder / f"{state.name}.state.json"


def save(folder: Path, state: BatchState) -> None:
    """Write a state, with its checksum."""
    with atomic(path_of(folder, state)) as file:
        file.write(sealed(asdict(state)) + b"\n")


def load_all(folder: Path) -> Iterator[BatchState]:
    """Read all states, those of batches that ended included.

    Raises:
        UserError: where one is damaged: what it is for, and what to do.
    """
    for path in sorted(folder.glob("*.state.json")):
        yield _load(path)


def _load(path: Path) -> BatchState:
    content = path.read_bytes()
    try:
        # Without a checksum, and indented, as tinyner wrote it before.
        fields = read_line(content.strip(), needs_checksum=not content.startswith(b"{\n"))
        return _state_of(fields, path)
    except DamageError as error:
        raise UserError(
            f"{path}: {error}; it says what became of a batch: restore it from a backup, or delete it to give the "
            "batch up, and perhaps pay twice for what it holds"
        ) from None


def _state_of(fields: dict[str, Any], path: Path) -> BatchState:
    """Return the state that the fields of a file are.

    Raises:
        DamageError: where they are none, or that of another batch.
    """
    if fields.keys() != _TYPES.keys() or not all(isinstance(fields[name], kind) for name, kind in _TYPES.items()):
        raise DamageError(f"expected {', '.join(_TYPES)}, each of its kind")
    state = BatchState(**fields)
    if path != path_of(path.parent, state):
        raise DamageError(f"is the state of another batch, {state.name}")
    return state


def refs_of(folder: Path, state: BatchState) -> list[tuple[RequestRef, float]]:
    """Return the requests of a batch, each with the US dollars that it may cost.

    Raises:
        UserError: where what is known of them is damaged.
    """
    path = folder / state.name
    refs = list(batch_files.read_refs(path).values())
    if len(refs) != state.requests:
        raise UserError(
            f"{batch_files.refs_path(path)}: has {len(refs)} rows, and its batch {state.requests} requests; "
            f"{batch_files.CURE}"
        )
    return refs


def check_no_batch_pending(plan: RequestPlan, missing: Sequence[Request], mode: str) -> None:
    """Check that no missing request is in a batch: sent in another mode too, it would be paid for twice.

    Raises:
        UserError: how to collect the batch, or to give it up.
    """
    folder, missing_keys = folder_of(plan), {request.key for request in missing}
    for state in load_all(folder):
        if state.collected or not (state.creating or state.batch_id):
            continue
        count = sum(ref.key in missing_keys for ref, _ in refs_of(folder, state))
        if count:
            raise UserError(
                f"annotate.mode: {mode}, but {count} of these requests are under way in a batch "
                f"({state.batch_id or 'whose id is not known yet'}); set annotate.mode: batch to collect it, "
                f"or delete {path_of(folder, state)} to give it up and perhaps pay twice"
            )
