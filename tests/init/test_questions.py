"""The questions on a terminal: what is asked, what is said of an answer, and that nothing is written but on a yes."""

import os
import pty
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.init.workspace import clone, labelled, params_of, texts, write_csv, write_jsonl

pytestmark = pytest.mark.slow

_PATIENCE = 60.0  # seconds without a word
_COMMAND = "from tinyner import errors, cli; errors.run(lambda: cli.run({words!r}))"


def on_a_terminal(folder: Path, words: Sequence[str], answers: Sequence[str]) -> tuple[str, int]:
    """Run ``tinyner`` on a terminal and answer its questions; return what is seen there, and the exit code."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.environ |= {"COLUMNS": "200", "TERM": "dumb", "TINYNER_REPLIES": str(folder.parent / "replies")}
        os.execv(sys.executable, [sys.executable, "-c", _COMMAND.format(words=list(words))])
    seen, left, heard, answered = b"", list(answers), time.monotonic(), 0
    while time.monotonic() - heard < _PATIENCE:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                seen += os.read(terminal, 4096)
            except OSError:  # the process has ended
                break
            heard = time.monotonic()
        elif left and len(seen) > answered and seen.endswith(b": "):
            answer, answered = left.pop(0), len(seen)
            os.write(terminal, b"\x04" if answer == "^D" else f"{answer}\n".encode())
    else:
        os.kill(process, 9)
    _, status = os.waitpid(process, 0)
    return seen.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_csv(tmp_path / "notes.csv", texts(60))
    write_jsonl(tmp_path / "gold.jsonl", labelled(60))
    return clone(tmp_path / "clone")


def test_each_answer_is_looked_at_before_the_next_question(folder: Path) -> None:
    wrong_then_right = ["../none.csv", "../notes.csv"]
    answers = [
        *wrong_then_right,
        "../gold.jsonl",
        "what is given",
        "",
        "nobody",
        "",
        "local",
        "gpu:9",
        "http://gpu:9/v1",
        "",
        "80",
        "20",
        "",
        "n",
        "y",
    ]
    output, code = on_a_terminal(folder, ["init"], answers)
    assert code == 0, output
    expected = [
        "Sentences for the LLM (",
        "../none.csv: no such file",
        "Sentences for the LLM (",
        "notes.csv  CSV: 60 sentences",
        "Labelled sentences (",
        "gold.jsonl  JSON, texts with spans: 60 sentences",
        "60 entities: DRUG 40, DOSE 20",
        "What is each type?",
        "DRUG: what is given",
        "DOSE: ",
        "openai: gpt-4.1-mini at https://api.openai.com, needs OPENAI_API_KEY",
        "Which one labels? It is sent your texts: nobody",
        "Which one labels? It is sent your texts: local",
        "URL of its server (http://127.0.0.1:8000/v1): gpu:9",
        "'gpu:9' is no address; it begins with http:// or https://",
        "URL of its server (http://127.0.0.1:8000/v1): http://gpu:9/v1",
        "name of the model there (local): ",
        "how many are the test set? (26): 80",
        "80 is no number from 0 to 60",
        "how many are the test set? (26): 20",
        "validation? (10): ",
        "under DVC? [y/n] (y): n",
        "What is made of it",
        "train 30, valid 10, test 20",
        "Write this? [y/n] (y): y",
        "What comes next",
    ]
    place = 0
    for part in expected:
        assert part in output[place:], f"{part!r} is not behind {output[:place][-80:]!r} in {output}"
        place = output.index(part, place) + len(part)
    params = params_of(folder)
    assert params["annotate"]["annotator"] == "local"
    assert params["annotate"]["annotators"]["local"]["base_url"] == "http://gpu:9/v1"
    assert params["annotate"]["definitions"] == {"DRUG": "what is given", "DOSE": "TODO: say what a DOSE is"}
    assert not list((folder / "data/own").glob("*.dvc"))


def test_without_labels_the_types_are_asked_and_a_no_writes_nothing(folder: Path) -> None:
    before = (folder / "params.yaml").read_bytes()
    answers = ["", "DRUG: a substance; DRUG: again", "DRUG: a substance", "openai", "", "n"]
    output, code = on_a_terminal(folder, ["init", "--sentences", "../notes.csv"], answers)
    assert code == 0, output
    assert "'DRUG' stands twice" in output
    assert output.endswith("Write this? [y/n] (y): n\nnothing is written\n")
    assert (folder / "params.yaml").read_bytes() == before


def test_the_end_of_the_answers_is_one_line(folder: Path) -> None:
    output, code = on_a_terminal(folder, ["init"], ["^D"])
    assert code == 2
    assert "tinyner: init: no more answers; nothing is written" in output


def test_names_of_files_do_not_steer_the_terminal(tmp_path: Path) -> None:
    folder = clone(tmp_path / "clone")
    name = "a\x1b]0;title\x07[bold]\u202e.csv"
    write_csv(folder / name, texts(30))
    output, code = on_a_terminal(folder, ["init"], ["", "", "", "^D"])
    assert code == 2, output
    assert f"({name})" not in output
    assert "(a\ufffd]0;title[bold]\ufffd.csv)" in output
    assert "CSV: 30 sentences" in output  # the default that was drawn is the file, whatever its name
    assert not any(sign in output for sign in ("\x1b]", "\x07", "\u202e"))
