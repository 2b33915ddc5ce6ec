"""A change of code invalidates the right stages and no others."""

import ast
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tinyner"
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = list(PIPELINE["stages"])
COMMANDS = {
    "cli",
    "estimate",
    "plots_page",
    "study",
    "predict",
    "quantized",
    "scorers",
    "serve",
    "experiments",
    "revisions",
    "output",
    "runs",
    "archived",
    "paper",
    "archive",
    "significance",
    "resampling",
    "student_t",
    "two_errors",
}  # what the `tinyner` command does beside the stages

# They serve a stage, and a command or a package beside the stages.
SHARED_WITH_COMMANDS = ("schedules.py", "paper_scores.py", "machine.py", "ray_cluster.py")


def files_of(module: str) -> list[Path]:
    """The files of a module or package, by its dotted name; none for others than ours."""
    path = ROOT / "src" / Path(*module.split("."))
    if path.is_dir():
        return [path / "__init__.py"]
    return [path.with_suffix(".py")] if path.with_suffix(".py").exists() else []


def imported(path: Path) -> set[Path]:
    """Our own files that a file imports."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found.update(file for name in names if name.startswith("tinyner") for file in files_of(name))
    return found


def reached(stage: str) -> set[Path]:
    """All our files that a stage's process loads."""
    folder = SOURCE / stage
    todo = {folder / "__main__.py", folder / "__init__.py"} if folder.is_dir() else {SOURCE / f"{stage}.py"}
    seen: set[Path] = set()
    while todo:
        path = todo.pop()
        seen.add(path)
        todo |= imported(path) - seen
    return seen - {SOURCE / "__init__.py"}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_code_it_loads_and_no_other(stage: str) -> None:
    deps = [ROOT / dep for dep in PIPELINE["stages"][stage]["deps"] if dep.startswith("src/")]
    files = {file for dep in deps for file in ([dep] if dep.is_file() else dep.rglob("*.py"))}
    assert files == reached(stage)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_no_other_stage(stage: str) -> None:
    others = [SOURCE / other for other in STAGES if other != stage]
    assert not [file for file in reached(stage) if any(file.with_suffix("") == o or o in file.parents for o in others)]


def test_every_shared_module_serves_more_than_one_stage() -> None:
    for file in SOURCE.glob("*.py"):
        if file.name == "__init__.py" or file.stem in STAGES or file.stem in COMMANDS:
            continue
        users = [stage for stage in STAGES if file in reached(stage)]
        assert len(users) > 1 or file.name in SHARED_WITH_COMMANDS, f"{file.name} serves {users}"
