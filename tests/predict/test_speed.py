"""What a terminal shows of a run: the view, a bar, a last line; nothing of it elsewhere."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def on_terminal(folder: Path, *words: str, output_too: bool) -> tuple[str, str]:
    """Run the command with standard error on a terminal, and perhaps standard output; return what both show."""
    reading, writing = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tinyner.cli", "predict", *words, "--threads", "1"],
        cwd=folder,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"},
        stdout=writing if output_too else subprocess.PIPE,
        stderr=writing,
    )
    os.close(writing)
    shown = b""
    while True:
        try:
            part = os.read(reading, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(reading)
    printed = process.stdout.read() if process.stdout else b""
    assert process.wait() == 0, shown.decode()
    return shown.decode(), printed.decode()


def test_the_view_is_shown_where_output_is_a_terminal(names: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("Tony Blair left.\nNobody.\n")
    shown, _ = on_terminal(tmp_path, "in.txt", "-m", str(names), output_too=True)
    lines = shown.splitlines()
    assert " Tony Blair " in lines[0]
    assert "\x1b[" in lines[0]
    assert "Nobody." in lines[1]
    assert lines[2].startswith("tinyner: 2 texts, 2 sentences, 1 entity (PER 1) in ")
    assert len(lines) == 3
    shown, _ = on_terminal(tmp_path, "in.txt", "-m", str(names), "--html", "page.html", output_too=True)
    assert "Tony" not in shown
    assert "Tony" in (tmp_path / "page.html").read_text()


def test_a_bar_and_a_last_line_are_shown_where_rows_go_elsewhere(names: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("Tony Blair left.\n" * 50)
    shown, printed = on_terminal(tmp_path, "in.txt", "-m", str(names), output_too=False)
    assert re.search(r"100%.* 50 sentences, [\d,]+/s, 0:00:\d\d left", shown)
    assert "tinyner: 50 texts, 50 sentences, 50 entities (PER 50) in " in shown
    assert printed.count('"label": "PER"') == 50
