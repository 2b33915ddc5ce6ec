"""A made-up study with two teachers, and its report."""

from dataclasses import dataclass
from pathlib import Path

import pytest

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


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Every experiment of the paper's tables and of the learning curve, three seeds each, with both teachers."""
    folder = tmp_path_factory.mktemp("study")
    strong = made.repository(folder / "strong", "claude", "cot")
    weak = made.repository(folder / "weak", "smollm2", "standard")
    archives = [made.archive(strong, 0.08), made.archive(weak, 0.7)]
    names = ["--from", str(archives[0]), "--from", f"weak-={archives[1]}", "--data", str(strong), "--data", str(weak)]
    printed = report(strong, *names)
    return Study(strong, weak, strong / "reports/report.html", printed)
