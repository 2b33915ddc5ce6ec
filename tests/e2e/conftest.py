"""One first run for all modules: made once a session, by the worker that needs it first, and copied."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import MadeOnce
from tests.e2e.project import clone, ran, run

Copy = Callable[[str], Path]
"""Copy the first run into a folder of this name, and return the copy of its repository."""


def _first_run(folder: Path) -> None:
    """Make a project in a folder, run it, and commit what came of it."""
    project = folder / "project"
    project.mkdir()
    clone(project)
    output = run(project, "dvc", "repro")
    assert sorted(ran(output)) == ["align", "annotate", "clean", "evaluate", "prepare", "train"]
    assert "Strict entity-level scores on test" in output
    assert "The paper's scorer on test: by subword, not comparable with the strict scores" in output
    run(project, "git", "add", "-A")
    run(project, "git", "commit", "-qm", "results")


@pytest.fixture(scope="session")
def first_run(made_once: MadeOnce) -> Path:
    """A folder with a project that ran and is committed, its replies and its cells."""
    return made_once("first_run", _first_run)


def _link_what_never_changes(source: str, target: str) -> str:
    """Link files of DVC's cache and of the store of cells, which are replaced and never written to; copy others."""
    if "/.dvc/cache/" in source or source.endswith(".safetensors"):
        os.link(source, target)
        return target
    return shutil.copy2(source, target)


@pytest.fixture(scope="session")
def copy(first_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name) / "copy"
        shutil.copytree(first_run, folder, symlinks=True, copy_function=_link_what_never_changes)
        return folder / "project"

    return make
