"""A run that is killed is taken up where it stood: nothing is labelled again, and the bytes are the same."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tinyner import cli
from tinyner.predict import labelling
from tinyner.predict.tagger import Tagged, Tagger

pytestmark = pytest.mark.slow

BLOCK, TEXTS = 16, 160
KILLED_BEHIND = 3  # blocks that are saved; the next is written, and counts for nothing
PROCESS = f"""
import os, signal, sys
from tinyner import cli, errors
from tinyner.predict import labelling
from tinyner.predict.sinks import Sinks

labelling.BLOCK = {BLOCK}
write = Sinks.write

def written(self, block, counts):
    write(self, block, counts)
    if counts.texts == {BLOCK * (KILLED_BEHIND + 1)}:
        os.kill(os.getpid(), signal.SIGKILL)

Sinks.write = written
errors.run(lambda: cli.run(sys.argv[1:]))
"""


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Label in small blocks; return the numbers of sentences that are labelled, a block each."""
    monkeypatch.setattr(labelling, "BLOCK", BLOCK)
    label, sizes = Tagger.label, list[int]()

    def counted(self: Tagger, sentences: Sequence[Sequence[str]], window: int = 100) -> list[Tagged]:
        sizes.append(len(sentences))
        return label(self, sentences, window)

    monkeypatch.setattr(Tagger, "label", counted)
    return sizes


def write_texts(path: Path, count: int = TEXTS) -> None:
    texts = ("Tony Blair met Angela Merkel in Rome", "He left Berlin", "Nobody was there")
    path.write_text("".join(f"{texts[number % 3]} {number}\n" for number in range(count)))


@pytest.mark.parametrize("name", ["out.jsonl", "out.conll.gz"])
def test_a_killed_process_is_taken_up(
    name: str, names: Path, tmp_path: Path, in_blocks: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    write_texts(tmp_path / "in.txt")
    (tmp_path / "whole").mkdir()
    words = ["predict", str(tmp_path / "in.txt"), "-m", str(names), "--threads", "1"]
    cli.run([*words, "-o", str(tmp_path / "whole" / name)])
    assert len(in_blocks) == TEXTS / BLOCK
    killed = [*words, "-o", str(tmp_path / name), "--html", str(tmp_path / "page.html")]
    process = subprocess.run([sys.executable, "-c", PROCESS, *killed], capture_output=True, text=True, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert not (tmp_path / name).exists()
    assert (tmp_path / f".{name}.part").stat().st_size > 0
    in_blocks.clear()
    capsys.readouterr()
    cli.run(killed)
    assert len(in_blocks) == TEXTS / BLOCK - KILLED_BEHIND
    assert capsys.readouterr().err.startswith(
        f"tinyner: going on behind {BLOCK * KILLED_BEHIND} texts that a killed run has labelled\n"
    )
    assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert f"<p>{TEXTS:,} texts, {TEXTS:,} sentences" in (tmp_path / "page.html").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["in.txt", name, "page.html", "whole"])


@pytest.mark.parametrize("change", ["the input", "the model", "the options"])
def test_a_run_of_something_else_begins_anew(
    change: str,
    names: Path,
    tmp_path: Path,
    in_blocks: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = Path(shutil.copytree(names, tmp_path / "model"))
    write_texts(tmp_path / "in.txt", 50)
    words = ["predict", str(tmp_path / "in.txt"), "-m", str(model), "--threads", "1", "-o", str(tmp_path / "out")]
    with monkeypatch.context() as patch:
        patch.setattr("tinyner.predict.sinks.Sinks.end", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cli.run(words)
    assert "the same command goes on where this one stood" in capsys.readouterr().err
    if change == "the input":
        write_texts(tmp_path / "in.txt", 51)
    elif change == "the model":
        (model / "config.json").write_text((model / "config.json").read_text() + " ")
    else:
        words += ["--min-score", "0.5"]
    in_blocks.clear()
    cli.run(words)
    assert sum(in_blocks) >= 50
    assert f"a killed run left a part, but {change} changed since; beginning anew" in capsys.readouterr().err
    assert not (tmp_path / ".out.part").exists()


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt
