"""Pack studies for a GPU machine without DVC, and make archives of what it trained: see ``bench/gpu_study.py``.

``python bench/gpu_pack.py pack PLAN FOLDER`` reads the studies of PLAN, a list in YAML of ``{archive: NAME, project:
FOLDER, study: FILE, prefix: TEXT, changes: {train.lr: ...}}``, each in its project, where `dvc repro align` has run. It
writes what training reads and nothing else: arrays, cells, and the student, whose embeddings of subwords that no
sentence has are 0, so that it compresses well. With ``--trained OUT`` no student is trained there that OUT has.

``python bench/gpu_pack.py collect FOLDER ARCHIVES OUT...`` evaluates each experiment in its project, as stage evaluate
does, by the seeds that all experiments of its archive have, and writes ARCHIVES/NAME.jsonl.xz.
"""

import argparse
import contextlib
import dataclasses
import functools
import io
import itertools
import json
import pickle
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from safetensors.numpy import load_file, save_file

from gpu_study import (
    EXPERIMENTS,
    TRAINED,
    TRAINED_BEFORE,
    Experiment,
    read_data,
    read_experiments,
    read_trained,
    students_of,
)
from tinyner.evaluate.__main__ import main as evaluate
from tinyner.files import load, write_rows
from tinyner.params import load_params, read_yaml
from tinyner.runs.archive import write_archive
from tinyner.runs.inputs import inputs_here
from tinyner.runs.repository import RepositorySource
from tinyner.runs.run import WORKSPACE, Origin, Run
from tinyner.study.plans import plan
from tinyner.train.compute_choice import choose_compute
from tinyner.train.inputs import STUDENT, read_inputs
from tinyner.train.results import best_of, write_curves, write_metrics
from tinyner.train.trained import Trained

LINKED = ("data", "src", "prompts")
"""What stage evaluate reads of a project, but for params.yaml and the metrics of the stages before."""


def pack(plan_path: Path, folder: Path, trained: Collection[str]) -> None:
    """Write what training reads, and which results are there already."""
    experiments: list[Experiment] = []
    students: dict[str, Path] = {}
    subwords: dict[str, set[int]] = {}  # of the sentences that a student trains on or predicts
    for row in read_yaml(plan_path.read_text()):
        device = row.get("device", "cuda")
        with chdir(row["project"]):
            for planned in plan(row["study"], {**row.get("changes", {}), "train.device": "cpu"}, row["prefix"]):
                # Where this machine can't compute as the other will, as by tf32; each cell is told below.
                inputs = read_inputs(load_params(changes={**planned.changes, "train.compute": "auto"}))
                data, compute = inputs.data, choose_compute(planned.params.train.compute, device)
                cells = [dataclasses.replace(cell, device=device, compute=compute) for cell in inputs.cells]
                student = cells[0].student
                students[student] = STUDENT.absolute()
                subwords.setdefault(student, {cells[0].pad_id})
                for part in ("train", "dev", "test"):
                    encoded, place = getattr(data, part), folder / "data" / cells[0].data / part
                    subwords[student].update(np.unique(encoded.ids).tolist())
                    if not place.exists():
                        encoded.save(place)
                changes = {**planned.changes, "train.device": device, "train.compute": compute}
                of_run = (row["archive"], str(Path.cwd()), planned.name, changes)
                experiments.append(Experiment(*of_run, cells, inputs.decoder, data.sizes, inputs.dev_is_stand_in))
    for digest, student_folder in students.items():
        write_student(student_folder, folder / "students" / digest, sorted(subwords[digest]))
    (folder / EXPERIMENTS).write_bytes(pickle.dumps(experiments))
    (folder / TRAINED_BEFORE).write_text(json.dumps(sorted(trained)))
    print(f"{len(experiments)} experiments; {len(students_of(folder))} students to train")


def write_student(student: Path, target: Path, used: Sequence[int]) -> None:
    """Copy a student whose embeddings of other subwords than ``used`` are 0."""
    target.mkdir(parents=True)
    shutil.copy(student / "config.json", target)
    weights = load_file(student / "model.safetensors")
    (name,) = (name for name in weights if name.endswith("word_embeddings.weight"))
    table = np.zeros_like(weights[name])
    table[used] = weights[name][used]
    save_file({**weights, name: table}, target / "model.safetensors", metadata={"format": "pt"})


def trained_in(outs: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Return what was trained, by what it is known by; of a file that was cut off, what stands before."""
    found: dict[str, dict[str, Any]] = {}
    for path in (out / TRAINED for out in outs):
        trained, size = read_trained(path)
        found |= trained
        if path.exists() and size < path.stat().st_size:
            print(f"{path} was cut off: what stands behind is left out")
    return found


def collect(folder: Path, archives: Path, outs: Sequence[Path]) -> None:
    """Evaluate each experiment, and write an archive a study."""
    trained = trained_in(outs)
    complete: dict[str, list[tuple[Experiment, list[dict[str, Any]]]]] = {}
    for experiment in read_experiments(folder):
        keys = map(experiment.key, experiment.cells)
        rows = [trained[key] for key in itertools.takewhile(trained.__contains__, keys)]
        complete.setdefault(experiment.archive, []).append((experiment, rows))
    for archive, experiments in complete.items():
        count = min(len(rows) for _, rows in experiments)
        if not count:
            print(f"{archive}: not all experiments have a seed; left out")
            continue
        runs = [run_of(_of_seeds(experiment, count), folder, rows[:count]) for experiment, rows in experiments]
        write_archive(archives / f"{archive}.jsonl.xz", runs)
        print(f"{archives / archive}.jsonl.xz: {len(runs)} runs of {count} seeds")


def _of_seeds(experiment: Experiment, count: int) -> Experiment:
    """Return an experiment of its first so many seeds."""
    cells = experiment.cells[:count]
    changes = {**experiment.changes, "train.seeds": [cell.seed for cell in cells]}
    return dataclasses.replace(experiment, cells=cells, changes=changes)


@functools.cache
def _origin(project: str) -> Origin:
    """Return where a project's runs come from."""
    with chdir(project):
        command = ("git", "rev-parse", "HEAD")
        head = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        return Origin(baseline=head, inputs=inputs_here())


def run_of(experiment: Experiment, folder: Path, rows: Sequence[Mapping[str, Any]]) -> Run:
    """Return the run of an experiment, made as the stages train and evaluate make it."""
    project = Path(experiment.project)
    with chdir(project):
        params = load_params(changes=experiment.changes)
    data = read_data(folder.absolute(), experiment.cells[0], experiment.sizes)
    no_logits = {part: np.zeros((0, 0), dtype=np.float32) for part in ("dev", "test")}
    results = [Trained.of(dict(row["figures"]), no_logits) for row in rows]
    decoder = experiment.decoder
    best = best_of(results, decoder)
    with tempfile.TemporaryDirectory() as place, chdir(place), contextlib.redirect_stdout(io.StringIO()):
        for name in LINKED:
            Path(name).symlink_to(project / name)
        shutil.copytree(project / "metrics", "metrics")
        Path("plots").mkdir()
        Path("params.yaml").write_text(yaml.safe_dump(params.model_dump(mode="json"), sort_keys=False))
        sentences = load("data/prepared/test.jsonl")
        keys = ("tags", "probabilities", "uncalibrated")
        for row, cell in zip(rows, experiment.cells, strict=True):
            write_rows(
                Path(f"predictions/seed_{cell.seed}.jsonl"),
                [
                    {"id": sentence["id"], **dict(zip(keys, labels, strict=True))}
                    for sentence, labels in zip(sentences, row["rows"], strict=True)
                ],
            )
        write_curves(results, decoder)
        write_metrics(results, best, data, decoder, trained_before=0, dev_is_stand_in=experiment.dev_is_stand_in)
        evaluate()
        run = RepositorySource().get(WORKSPACE)
        assert run is not None
        details = dataclasses.replace(run.details, origin=_origin(experiment.project))
    return dataclasses.replace(run, name=experiment.name, read_details=lambda: details)


def main() -> None:
    """Pack or collect."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack")
    packing.add_argument("plan", type=Path)
    packing.add_argument("folder", type=Path)
    packing.add_argument("--trained", type=Path, nargs="+", default=[], metavar="OUT")
    collecting = commands.add_parser("collect")
    for name in ("folder", "archives"):
        collecting.add_argument(name, type=Path)
    collecting.add_argument("outs", type=Path, nargs="+", metavar="OUT")
    arguments = parser.parse_args()
    if arguments.command == "pack":
        pack(arguments.plan, arguments.folder.absolute(), trained_in(arguments.trained))
    else:
        collect(arguments.folder, arguments.archives, arguments.outs)


if __name__ == "__main__":
    main()
