"""requirements.lock: whole, hashed, in step with requirements.txt, constraints.txt, torch and what is installed."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from tests.conftest import ROOT

_SPEC = importlib.util.spec_from_file_location("licences", ROOT / "bench/licences.py")
assert _SPEC is not None
assert _SPEC.loader is not None
licences = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(licences)
plain = licences.plain

LOCK = (ROOT / "requirements.lock").read_text()
ENTRY = re.compile(
    r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ \\\n]+)(?: ; ([^\\\n]*[^\\\n ]))?"
    r"( \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)?",
    re.M,
)
ENTRIES = {plain(match[1]): match for match in ENTRY.finditer(LOCK)}


def pinned(name: str) -> dict[str, str]:
    """Return the versions that a file of requirements names."""
    lines = (ROOT / name).read_text().splitlines()
    matches = [re.match(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==(\S+)", line) for line in lines]
    return {plain(match[1]): match[2] for match in matches if match}


def is_for_here(entry: re.Match[str]) -> bool:
    return not entry[3] or Marker(entry[3]).evaluate()


def test_every_package_has_hashes_and_nothing_else_is_in_it() -> None:
    assert len(ENTRIES) > 100
    assert [name for name, entry in ENTRIES.items() if not entry[4]] == []
    rest = [line for line in ENTRY.sub("", LOCK).splitlines() if not re.match(r"#|    #|$", line)]
    assert rest == []
    assert "torch" not in ENTRIES  # another file in each index


def test_its_versions_are_those_of_the_other_files() -> None:
    versions = {name: entry[2] for name, entry in ENTRIES.items()}
    required = pinned("requirements.txt")
    assert {name: versions.get(name) for name in required if name != "torch"} == {
        name: version for name, version in required.items() if name != "torch"
    }
    constrained = pinned("constraints.txt")
    assert {name: version for name, version in versions.items() if constrained.get(name, version) != version} == {}
    unpinned = set(versions) - set(required) - set(constrained)
    assert {name for name in unpinned if is_for_here(ENTRIES[name])} == set()


def test_what_is_installed_is_what_is_locked() -> None:
    installed = {name: metadata.version(name) for name, entry in ENTRIES.items() if is_for_here(entry)}
    assert installed == {name: ENTRIES[name][2] for name in installed}


def test_it_is_whole() -> None:
    """Everything that an entry, torch or this project requires is in it, but for what torch's CUDA build brings."""
    for name in (*ENTRIES, "torch", "tinyner"):
        if name in ENTRIES and not is_for_here(ENTRIES[name]):
            continue
        for line in metadata.requires(name) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                needed = plain(requirement.name)
                assert needed in ENTRIES or needed == "torch" or re.match("nvidia-|cuda-|triton", needed), (
                    f"{name}: {line}"
                )


def test_licences_are_listed_and_compatible() -> None:
    page, problems = licences.page_of(licences.locked(LOCK))
    assert problems == []
    assert all(f"\n| {name} | " in page for name in ("torch", "dvc", "onnxruntime", "ray", "uvicorn"))
    assert (ROOT / "docs/licences.md").read_text() == page, "run make licences"


@pytest.mark.parametrize("licence", ["", "AGPL-3.0", "GPL-3.0-only", "MIT AND GPL-3.0-only", "Proprietary", "a new"])
def test_an_unknown_or_incompatible_licence_is_a_problem(licence: str) -> None:
    assert not licences.is_compatible("new", licence)
    assert not licences.is_compatible("pygit2", licence)


@pytest.mark.parametrize("licence", [*sorted(licences.COMPATIBLE), "GPL-3.0-only OR MIT", "Apache-2.0 AND MIT"])
def test_a_compatible_licence_is_none(licence: str) -> None:
    assert licences.is_compatible("new", licence)
    assert all(licences.is_compatible(name, words) for name, (words, _) in licences.LOOKED_AT.items())


@pytest.mark.long
def test_a_fresh_environment_is_made_of_it(tmp_path: Path) -> None:
    """As SECURITY.md says, but without torch, which is large and has no hash."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    pip = [str(tmp_path / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")], check=True)
    subprocess.run([*pip, "-e", str(ROOT)], check=True)
    done = subprocess.run([tmp_path / "venv/bin/tinyner", "--help"], capture_output=True, text=True, check=True)
    assert "predict" in done.stdout


def with_program(folder: Path, package: str) -> dict[str, str]:
    """Copy what `make` needs, with the package in an environment of its own; return the variables to run it with."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    subprocess.run([folder / "venv/bin/pip", "install", "--quiet", package], check=True)
    for name in ("Makefile", "requirements.lock", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return {"PATH": f"{folder}/venv/bin:/usr/bin:/bin"}


@pytest.mark.long
def test_an_audit_whose_service_does_not_answer_has_not_passed(tmp_path: Path) -> None:
    """`make audit` with a proxy that nobody listens at."""
    environment = with_program(tmp_path, "pip-audit") | {"HTTPS_PROXY": "http://127.0.0.1:9", "HOME": str(tmp_path)}
    done = subprocess.run(["make", "audit"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "127.0.0.1" in done.stderr
    assert "No known vulnerabilities" not in done.stdout + done.stderr


@pytest.mark.long
def test_one_command_lists_all_that_is_locked(tmp_path: Path) -> None:
    """`make sbom`; twice the same bytes."""
    environment = with_program(tmp_path, "cyclonedx-bom")
    written = []
    for _ in range(2):
        subprocess.run(["make", "sbom"], cwd=tmp_path, env=environment, check=True)
        written.append((tmp_path / "sbom.json").read_bytes())
    assert written[0] == written[1]
    components = {plain(row["name"]): row for row in json.loads(written[0])["components"]}
    assert components.keys() == {*ENTRIES, "torch"}
    assert all(components[name]["version"] == entry[2] for name, entry in ENTRIES.items())
    unhashed = [
        name for name, row in components.items() if not any("hashes" in ref for ref in row["externalReferences"])
    ]
    assert unhashed == ["torch"]
