"""Nothing that others wrote steers the terminal: not by print, by rich, nor by an error's line."""

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from tests.in_process import command
from tinyner.errors import UserError, run
from tinyner.tables import show_rows, show_scores
from tinyner.terminal import guarded, harmless, harmless_console

HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\u202e[bold][/x]:smile:\x1b]52;c;aGk="
STEERING = ("\x1b", "\x07", "\x9b", "\u202e")


def steers(text: str) -> bool:
    return any(sign in text for sign in STEERING)


@given(st.text())
def test_harmless_keeps_all_but_controls(text: str) -> None:
    clean_text = harmless(text)
    assert len(clean_text) == len(text)
    assert all(after in (before, "\ufffd") for before, after in zip(text, clean_text, strict=True))
    assert not steers(clean_text)
    assert harmless(clean_text) == clean_text


def test_what_is_printed_keeps_its_colours_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with guarded():
        print(f"\x1b[31mred\x1b[0m {HOSTILE}")
        print(HOSTILE, file=sys.stderr)
    printed = capsys.readouterr()
    assert printed.out.startswith("\x1b[31mred\x1b[0m ")
    assert not steers(printed.out.removeprefix("\x1b[31mred\x1b[0m "))
    assert not steers(printed.err)
    print("after", end="")
    assert capsys.readouterr().out == "after"


def test_tables_take_no_text_for_markup(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    row = {"of": HOSTILE, "precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 3}
    with guarded():
        show_scores(HOSTILE, [row])
        show_rows(HOSTILE, [{HOSTILE: HOSTILE}])
    printed = capsys.readouterr().out
    assert not steers(printed)
    assert printed.count("[bold][/x]:smile:") == 5


def test_a_console_with_colours_draws_its_own_and_no_others() -> None:
    file = io.StringIO()
    console = harmless_console(file=file, force_terminal=True, width=200, color_system="truecolor")
    table = Table("a")
    table.add_row(HOSTILE, style="red")
    console.print(table)
    drawn = file.getvalue()
    assert "\x1b[31m" in drawn
    assert "\x1b[2J" not in drawn
    assert not steers(drawn.replace("\x1b[", ""))


def test_an_error_is_a_line_without_controls(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise UserError(f"{HOSTILE}: no such file")

    with pytest.raises(SystemExit):
        run(fail)
    assert not steers(capsys.readouterr().err)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["predict", HOSTILE], ["compare", "--from", HOSTILE], [HOSTILE]])
def test_file_names_and_arguments_do_not_steer(arguments: list[str], tmp_path: Path) -> None:
    done = command(tmp_path, *arguments)
    assert done.returncode == 2
    assert not steers(done.stdout + done.stderr)
