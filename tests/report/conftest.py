"""A made-up study with two teachers, and its report."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import MadeOnce
from tests.in_process import command

from . import made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the study as slow: making it starts a process for each stage."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "study" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")


@dataclass(frozen=True)
class Study:
    """Repositories of two teachers, an archive of runs in each, and the report of both."""

    strong: Path
    weak: Path
    report: Path
    printed: str


def report(folder: Path, *arguments: str, ok: bool = True) -> str:
    """Run `tinyner report` in a folder, and return what it printed."""
    process = command(folder, "report", *arguments, COLUMNS="200")
    printed = process.stdout + process.stderr
    assert process.returncode == (0 if ok else 2), printed
    return printed


def _make(folder: Path) -> None:
    """Make two repositories, archives and a report of both in a folder."""
    strong = made.repository(folder / "strong", "claude", "cot")
    weak = made.repository(folder / "weak", "smollm2", "standard", prepared=strong)
    archives = [made.archive(strong, 0.08), made.archive(weak, 0.7)]
    names = ["--from", str(archives[0]), "--from", f"weak-={archives[1]}", "--data", str(strong), "--data", str(weak)]
    (folder / "printed.txt").write_text(report(strong, *names))


@pytest.fixture(scope="session")
def study(made_once: MadeOnce) -> Study:
    """Every experiment of the paper's tables and of the learning curve, three seeds each, with both teachers."""
    folder = made_once("study", _make)
    strong = folder / "strong"
    return Study(strong, folder / "weak", strong / "reports/report.html", (folder / "printed.txt").read_text())
