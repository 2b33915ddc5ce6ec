"""The key of a cell: what changes it, and what does not."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import tinyner
from tinyner.params import Schedule
from tinyner.train.cell_key import code_digest, code_files, data_digest, key_of

from .conftest import Small

PACKAGE = Path(tinyner.__file__).parent
# What reads files and parameters, starts processes, or keeps results.
OUTSIDE = (
    *("params.py", "rows.py", "scores.py", "errors.py", "schedules.py", "machine.py", "study/plans.py"),
    *("train/__main__.py", "train/inputs.py", "train/encode.py", "train/compute_choice.py", "train/store.py"),
    *("train/jobs.py", "train/backend.py", "train/process_pool.py", "train/ray_backend.py", "train/gpu.py"),
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package's code elsewhere."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "tinyner", ignore=shutil.ignore_patterns("__pycache__")))


def names(package: Path) -> list[str]:
    return [path.relative_to(package).as_posix() for path in code_files(package)]


@pytest.mark.slow
def test_the_modules_in_the_key_are_those_that_training_a_cell_loads() -> None:
    code = "import sys, tinyner.train.loop\nprint(*(name for name in sys.modules if name.split('.')[0] == 'tinyner'))"
    variables = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    loaded = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    modules = {name[: -len("/__init__.py")] if name.endswith("/__init__.py") else name[:-3] for name in names(PACKAGE)}
    modules = {"tinyner" if name == "__init__" else f"tinyner.{name.replace('/', '.')}" for name in modules}
    assert modules == set(loaded.stdout.split())
    assert {"tinyner.train.encoded", "tinyner.train.padded", "tinyner.decoding"} <= modules


def test_a_change_of_any_of_these_modules_changes_the_key(copy: Path) -> None:
    digests = {code_digest(copy)}
    for count, name in enumerate(names(copy), 2):
        path = copy / name
        content = path.read_bytes()
        path.write_bytes(content + b"#")
        digests.add(code_digest(copy))
        assert len(digests) == count, name
        path.write_bytes(content)
    assert code_digest(copy) == code_digest(PACKAGE)  # wherever the package lies


def test_a_new_parameter_and_a_changed_reader_do_not_change_it(copy: Path) -> None:
    path = copy / "params.py"
    path.write_text(
        path.read_text().replace("    threads: Positive\n", "    threads: Positive\n    patience: Positive\n")
    )
    assert "patience" in path.read_text()
    for name in OUTSIDE:
        (copy / name).write_text((copy / name).read_text() + "# changed\n")
    assert not set(OUTSIDE) & set(names(copy))
    assert code_digest(copy) == code_digest(PACKAGE)


def test_a_module_that_a_step_begins_to_import_is_in_the_key(copy: Path) -> None:
    (copy / "train" / "layout.py").write_text("from tinyner.train import extra\nimport tinyner.other\n")
    (copy / "train" / "extra.py").write_text("")
    (copy / "other.py").write_text("")
    assert {"train/extra.py", "other.py"} <= set(names(copy))
    (copy / "other.py").write_text("from . import bio\n")
    with pytest.raises(ValueError, match=r"other.py: a relative import"):
        code_files(copy)


def test_cuda_graphs_are_in_the_key_on_a_gpu_only(small: Small) -> None:
    (cell,), _ = small()
    assert not cell.cuda_graphs
    assert key_of(replace(cell, cuda_graphs=True)) == key_of(cell)
    on_gpu = replace(cell, device="cuda")
    assert key_of(replace(on_gpu, cuda_graphs=True)) != key_of(on_gpu)


def test_one_training_has_one_key_whatever_the_experiment_is_called(small: Small) -> None:
    def keys(**changes: object) -> list[str]:
        return [key_of(cell) for cell in small(**changes)[0]]

    mix = Schedule(type="simple_mix", k=None, n=None)
    assert keys(group="E") == keys(group="D") == keys(group="E", schedule=mix)
    assert keys(group="E") != keys(group="E", schedule=Schedule(type="cosine", k=None, n=None), epochs=3)
    assert keys(seeds=[1, 2])[:1] == keys(seeds=[1])
    assert len(set(keys(seeds=[1, 2, 3]))) == 3
    (cell,), data = small()
    for change in ({"lr": 1e-4}, {"batch_size": 8}, {"student": "x"}, {"data": "y"}, {"compute": "onednn"}):
        assert key_of(replace(cell, **change)) != key_of(cell)
    assert data_digest(replace(data, sizes=(8, 16))) != data_digest(data)
