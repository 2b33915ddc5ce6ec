"""A student, and what is exported of it once."""

from pathlib import Path

import pytest

from tests.export.made import fill
from tests.in_process import command
from tests.predict.conftest import by_heart, names

__all__ = ["by_heart", "names"]


@pytest.fixture
def workspace(names: Path, tmp_path: Path) -> Path:
    """Return a folder with a student and what stages leave beside it."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    fill(folder, names)
    return folder


@pytest.fixture(scope="session")
def exported(names: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of an export in all formats, and what the command printed."""
    folder = tmp_path_factory.mktemp("exported")
    fill(folder, names)
    done = command(folder, "export", "out", TINYNER_CACHE=str(folder / "cache"))
    assert done.returncode == 0, done.stderr
    return folder / "out", done.stdout
