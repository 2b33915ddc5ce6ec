"""How far each request file of the Batch API is, on the disk beside it as NAME.state.json."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tinyner.annotate import batch_files
from tinyner.annotate.requests import Plan, Question
from tinyner.errors import UserError
from tinyner.files import write_json


@dataclass
class State:
    """How far a request file is: in work as ``batch_id``, its results collected or not."""

    name: str  # of the request file and the attempt
    requests: int
    creating: bool = False  # a batch was asked for, and whether it came to be is not known
    batch_id: str | None = None
    status: str = "new"
    collected: bool = False


def folder_of(plan: Plan) -> Path:
    """Where an annotator's batches lie."""
    return plan.store.folder / "batches"


def path_of(folder: Path, state: State) -> Path:
    """The file of a state."""
    return folder / f"{state.name}.state.json"


def save(folder: Path, state: State) -> None:
    """Write a state."""
    write_json(path_of(folder, state), asdict(state))


def load_all(folder: Path) -> Iterator[State]:
    """All states, those of batches that ended included."""
    for path in sorted(folder.glob("*.state.json")):
        yield State(**json.loads(path.read_bytes()))


def check_none(plan: Plan, missing: Sequence[Question], mode: str) -> None:
    """Refuse to ask another way what is under way in a batch, which would be paid for twice.

    Raises:
        UserError: how to collect it, or to give it up.
    """
    folder, wanted = folder_of(plan), {question.key for question in missing}
    for state in load_all(folder):
        if state.collected or not (state.creating or state.batch_id):
            continue
        count = sum(place.key in wanted for place, _ in batch_files.places(folder / state.name).values())
        if count:
            raise UserError(
                f"annotate.mode: {mode}, but {count} of these questions are under way in a batch "
                f"({state.batch_id or 'whose id is not known yet'}); set annotate.mode: batch to collect it, "
                f"or delete {path_of(folder, state)} to give it up and perhaps pay twice"
            )
