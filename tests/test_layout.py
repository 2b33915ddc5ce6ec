"""The layout says what a module is: a stage, a package beside the stages, a command, or shared by several.

The rules that no module is listed by hand for; docs/architecture.md has them in words.
"""

import ast
from functools import cache
from pathlib import Path

import pytest
import yaml

from .conftest import ROOT

SOURCE = ROOT / "src" / "tinyner"
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = sorted(PIPELINE["stages"])
PACKAGES = sorted(folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").exists())
SHARED_PACKAGES = ["corpus_files"]  # of modules that stages share, as those at the top level
BESIDE = [package for package in PACKAGES if package not in (*STAGES, *SHARED_PACKAGES)]
SHARED = sorted(file.stem for file in SOURCE.glob("*.py") if file.name not in ("__init__.py", "cli.py"))
MODULES = sorted(SOURCE.rglob("*.py"))


def file_of(module: str) -> Path | None:
    """The file of a module or package of ours by its dotted name, None for others."""
    path = ROOT / "src" / Path(*module.split("."))
    if path.is_dir():
        return path / "__init__.py"
    return path.with_suffix(".py") if path.with_suffix(".py").exists() else None


@cache
def imports(path: Path) -> frozenset[Path]:
    """Our files that a file imports, anywhere in it; a package's ``__init__`` comes with each of its modules."""
    files: set[Path | None] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "tinyner":
                parents = name.split(".")
                files.update(file_of(".".join(parents[:length])) for length in range(2, len(parents) + 1))
    return frozenset(file for file in files if file is not None and file != path)


def reached(paths: list[Path]) -> set[Path]:
    """All our files that a process loads that begins with these."""
    waiting, seen = set(paths), set[Path]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        waiting |= imports(path) - seen
    return seen - {SOURCE / "__init__.py"}


def of_stage(stage: str) -> set[Path]:
    """The files that `python -m tinyner.STAGE` loads."""
    return reached([SOURCE / stage / "__init__.py", SOURCE / stage / "__main__.py"])


def package_of(path: Path) -> str:
    """The package that a file is in, or the name of a top-level module."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def test_there_are_six_stages_a_package_each() -> None:
    assert STAGES == ["align", "annotate", "clean", "evaluate", "prepare", "train"]
    assert set(STAGES) < set(PACKAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_code_it_loads_and_no_other(stage: str) -> None:
    deps = [ROOT / dep for dep in PIPELINE["stages"][stage]["deps"] if dep.startswith("src/")]
    files = {file for dep in deps for file in ([dep] if dep.is_file() else dep.rglob("*.py"))}
    assert files == of_stage(stage)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_neither_another_stage_nor_a_package_beside_the_stages(stage: str) -> None:
    assert {package_of(path) for path in of_stage(stage)} <= {stage, *SHARED, *SHARED_PACKAGES}


@pytest.mark.parametrize("module", [*SHARED, *SHARED_PACKAGES])
def test_what_is_shared_serves_two_stages_or_a_stage_and_a_package_beside_them(module: str) -> None:
    path = file_of(f"tinyner.{module}")
    stages = [stage for stage in STAGES if path in of_stage(stage)]
    beside = [package for package in BESIDE if path in reached(sorted((SOURCE / package).rglob("*.py")))]
    assert path is not None
    assert len(stages) > 1 or (stages and beside), f"{module} serves the stages {stages} and the packages {beside}"


@pytest.mark.parametrize("package", SHARED_PACKAGES)
def test_a_shared_package_imports_shared_modules_alone(package: str) -> None:
    loaded = {package_of(path) for path in reached(sorted((SOURCE / package).rglob("*.py")))}
    assert loaded <= {package, *SHARED}


def test_commands_are_imported_by_the_command_line_alone() -> None:
    commands = SOURCE / "commands"
    users = {
        path
        for path in MODULES
        for imported in imports(path)
        if commands in imported.parents and commands not in path.parents
    }
    assert users == {SOURCE / "cli.py"}


def test_the_command_line_collects_every_command() -> None:
    collected = {path.stem for path in imports(SOURCE / "cli.py") if path.parent == SOURCE / "commands"}
    registering = {path.stem for path in (SOURCE / "commands").glob("*.py") if "\ndef register(" in path.read_text()}
    assert collected - {"__init__"} == registering


def test_no_imports_go_in_a_circle() -> None:
    """Over all imports, those inside functions and for types included, but a package's own ``__init__``."""
    state: dict[Path, int] = {}

    def visit(path: Path, above: tuple[Path, ...]) -> None:
        if state.get(path) == 2:
            return
        assert state.get(path) != 1, " -> ".join(str(one.relative_to(SOURCE)) for one in (*above, path))
        state[path] = 1
        for imported in sorted(imports(path)):
            if imported.name != "__init__.py":
                visit(imported, (*above, path))
        state[path] = 2

    for path in MODULES:
        visit(path, ())


def test_packages_import_each_other_in_one_direction() -> None:
    """A package beside the stages that another one imports never imports it, itself or by way of a third."""
    direct = {
        package: {package_of(file) for path in (SOURCE / package).rglob("*.py") for file in imports(path)} & set(BESIDE)
        for package in BESIDE
    }
    for package in BESIDE:
        waiting, seen = set(direct[package]) - {package}, set[str]()
        while waiting:
            other = waiting.pop()
            seen.add(other)
            waiting |= direct[other] - seen - {other}
        assert package not in seen, f"{package} imports {', '.join(sorted(seen))}, one of which imports it"


def test_tests_lie_in_folders_named_after_the_packages() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and list(path.glob("test_*.py"))}
    assert folders - {"e2e"} == set(PACKAGES)


def test_the_table_of_imports_in_the_docs_is_that_of_the_code() -> None:
    text = (ROOT / "docs/architecture.md").read_text().partition("| package | imports |")[2].partition("\n\n")[0]
    stated = {}
    for line in text.splitlines()[2:]:
        importers, imported = ([name.strip("` ") for name in part.split(",")] for part in line.strip("| ").split("|"))
        for package in importers:
            stated[package] = set(imported) - {"no other package"}
    actual = {
        package: {package_of(file) for path in (SOURCE / package).rglob("*.py") for file in imports(path)}
        & set(PACKAGES) - {package}
        for package in PACKAGES
    }
    assert stated == actual
