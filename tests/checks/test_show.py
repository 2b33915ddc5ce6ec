"""The list in a pipe and on a terminal."""

import pytest

from tinyner.checks.findings import Findings
from tinyner.checks.show import show

LONG = "data/own/notes.csv:1201: " + "a text that is longer than eighty columns " * 5


@pytest.fixture
def findings() -> Findings:
    made = Findings()
    made.ok("params", "params.yaml: every key is there")
    made.error("annotator", LONG)
    return made


def test_in_a_pipe_a_finding_is_a_line_without_trailing_blanks(
    findings: Findings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    show(findings)
    assert capsys.readouterr().out.splitlines() == [
        "ok       params     params.yaml: every key is there",
        f"error    annotator  {LONG.strip()}",
        "1 error, 0 warnings",
    ]


def test_on_a_terminal_long_texts_are_folded(
    findings: Findings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    show(findings)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 4
    assert lines[-1] == "1 error, 0 warnings"
