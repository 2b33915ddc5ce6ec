"""What the docs name is there: modules, files, links."""

import re
from pathlib import Path

import pytest

from .conftest import ROOT

SOURCE = ROOT / "src" / "tinyner"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PLACEHOLDERS = {"mine.jsonl", "mine.yaml", "NAME.py", "NAME.jsonl", "NAME.yaml"}


def test_every_module_in_the_table_of_moves_is_there() -> None:
    table = (ROOT / "docs/architecture.md").read_text().partition("| before | now |")[2]
    names = [
        name for line in table.splitlines()[2:] for name in re.findall(r"[\w/]+\.\w+(?:\.j2)?", line.split("|")[2])
    ]
    assert len(names) > 60
    assert [name for name in names if not (SOURCE / name).exists()] == []


def test_every_module_that_tells_where_something_is_is_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    section = text.partition("## Where is ...?")[2].partition("##")[0]
    names = re.findall(r"`([\w/]+\.py)`", section)
    assert len(names) > 15
    assert [name for name in names if not (SOURCE / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text())]
    local = [link for link in links if link and "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_of_the_source_that_is_named_is_there(page: Path) -> None:
    paths = re.findall(r"`((?:src|tests|bench|docs|results|prompts)/[\w./-]+\.\w+)`", page.read_text())
    assert [path for path in paths if not (ROOT / path).exists() and Path(path).name not in PLACEHOLDERS] == []
