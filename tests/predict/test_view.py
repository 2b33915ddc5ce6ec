"""The view on a terminal: entities in colours, or in brackets; a text can't steer the terminal."""

import re

import pytest

from tests.predict.made import counts_of, made
from tinyner.predict.view import View

TEXT = made(
    "Tony Blair [PER] \x1b[2Jleft\tRome\n.", ("Tony Blair", "PER", 0.9989), ("Rome", "LOC"), line=12, file="a.txt"
)


def drawn() -> str:
    return View().block([TEXT], counts_of(TEXT)).decode()


def test_without_colours_entities_are_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lines = drawn().split("\n")
    assert lines[0].startswith("a.txt:12  [Tony Blair PER .99] [PER] \ufffd[2Jleft")
    assert lines[0].endswith("[Rome LOC]")
    assert lines[1:] == [".", ""]


@pytest.mark.parametrize("term", ["xterm", "xterm-256color"])
def test_with_colours_each_type_has_another(term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": term, "COLORTERM": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    content = drawn()
    assert "[Tony" not in content
    codes = dict(re.findall(r"\x1b\[([\d;]*)m (Tony Blair|Rome) \x1b", content))
    assert len(codes) == 2, content
    assert "\x1b[2J" not in content
