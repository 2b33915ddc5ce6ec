"""Names of files and types that YAML, Git, rich, HTML or a terminal would take for something else."""

from pathlib import Path

import pytest

from tests.in_process import command
from tests.init.workspace import clone, texts, would_be_added, write_csv
from tinyner.params import load_params

pytestmark = pytest.mark.slow

TYPES = ("<script>", "a:#c", "[bold]", "null", "../../y", "'\"", "*é日", "!x", "PER\x1b]0;t\x07", "PER\u202e")


def test_they_are_names_and_nothing_else(tmp_path: Path) -> None:
    sentences, gold = tmp_path / "Bücher 東京: #1 {x} [y] & *z.csv", tmp_path / "gold 'q\" é\n#.conll"
    write_csv(sentences, texts(60))
    gold.write_text("".join(f"Rosa{number} B-{TYPES[number % 10]}\nleft O\nTurin O\n\n" for number in range(60)))
    folder = clone(tmp_path / "clone")
    words = ["--annotator", "local", "--base-url", "http://127.0.0.1:9/v1", "--model", "m: #x {y}"]
    done = command(folder, "init", "--sentences", str(sentences), "--gold", str(gold), *words)
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed
    assert not any(sign in printed for sign in ("\x1b]", "\x07", "\u202e"))
    params = load_params(folder / "params.yaml")
    assert sorted(params.types) == sorted(TYPES)
    assert params.annotate.annotators["local"].model == "m: #x {y}"
    written = would_be_added(folder)
    assert len(written) > 5
    assert all(name.isascii() and " " not in name for name in written)
    assert Path(folder / str(params.prepare.target)).read_bytes() == sentences.read_bytes()


def test_a_type_that_is_the_place_of_the_sentence_is_refused(tmp_path: Path) -> None:
    write_csv(tmp_path / "notes.csv", texts(60))
    folder = clone(tmp_path / "clone")
    done = command(
        folder, "init", "--sentences", "../notes.csv", "--types", "DRUG: what {sentence} names", "--annotator", "openai"
    )
    assert done.returncode == 2
    assert "{sentence} stands there" in done.stderr
    assert len(done.stderr.splitlines()) == 1
