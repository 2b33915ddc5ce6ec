"""The cells of a study's experiments, trained side by side; apart from ``recording``, since it loads torch."""

from collections.abc import Sequence

from tinyner.progress import board
from tinyner.study.plans import Experiment
from tinyner.train.backend import epochs_done, saying_what_is_kept, train_all
from tinyner.train.cell_key import key_of
from tinyner.train.inputs import STUDENT, read_inputs
from tinyner.train.jobs import Job
from tinyner.train.store import Store


def train(experiments: Sequence[Experiment]) -> None:
    """Train the cells of experiments that no experiment trained before, whichever of them they belong to.

    Raises:
        UserError: where their inputs can't be read, or training fails.
    """
    store = Store()
    jobs: dict[str, Job] = {}
    total = 0
    for planned in experiments:
        inputs = read_inputs(planned.params)
        total += len(inputs.cells)
        jobs |= {key_of(cell): Job(cell, inputs.data, STUDENT) for cell in inputs.cells}
    missing = {key: job for key, job in jobs.items() if not store.folder(key).done()}
    print(
        f"{len(experiments)} experiments of {total} students, {len(jobs)} of them different; "
        f"{len(jobs) - len(missing)} were trained before, {len(missing)} to train",
        flush=True,
    )
    before = sum(epochs_done([job.cell for job in missing.values()], store))
    if before:
        print(f"{before} epochs of an interrupted run are kept, and training goes on from there", flush=True)
    with saying_what_is_kept(), board() as progress:
        epochs = sum(len(job.cell.shares) for job in missing.values())
        task = progress.task("epochs", epochs, before) if missing else None
        train_all(list(missing.values()), store, lambda _, row: task.step(note=f"(seed {row.seed})") if task else None)
