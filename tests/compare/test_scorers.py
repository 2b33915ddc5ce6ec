"""From the strict scorer to the paper's, rule by rule: each row of the table against the scorers themselves."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tinyner.compare import scorers
from tinyner.errors import UserError
from tinyner.evaluate.subword_scorer import paper_scores
from tinyner.evaluate.subwords import load_tokenizer
from tinyner.files import write_rows
from tinyner.scores import strict

WORDS = [["Nadim", "Ladki"], ["AL-AIN", ",", "Ladki"], ["Bobby", "."]]
GOLD = [["B-PER", "I-PER"], ["B-LOC", "O", "O"], ["B-PER", "O"]]
SEEDS = {3: [["B-PER", "I-PER"], ["O", "O", "B-LOC"], ["B-PER", "O"]], 4: [["I-PER", "I-PER"], GOLD[1], ["O", "O"]]}


@pytest.fixture
def workspace(tmp_path: Path, student: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    (tmp_path / "data").mkdir()
    (tmp_path / "data/student").symlink_to(student)
    rows = [
        {"id": f"t{index}", "words": words, "tags": tags}
        for index, (words, tags) in enumerate(zip(WORDS, GOLD, strict=True))
    ]
    write_rows(tmp_path / "data/prepared/test.jsonl", rows)
    write_rows(tmp_path / "data/prepared/test_conllpp.jsonl", [])
    for seed, predicted in SEEDS.items():
        write_rows(
            tmp_path / f"predictions/seed_{seed}.jsonl",
            [{"id": f"t{index}", "tags": tags} for index, tags in enumerate(predicted)],
        )
    return tmp_path


def cells(text: str) -> dict[str, list[str]]:
    """Return the other cells of each row of the table by its first."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {first: rest for first, *rest in rows}


def f1(text: str) -> float:
    return float(re.split(" ", text)[0])


def test_the_first_rule_and_the_papers_are_those_of_the_two_scorers(workspace: Path, student: Path) -> None:
    text = scorers.table(None)
    assert text.startswith("Micro F1 of seeds 3, 4.\n\n|")
    table = cells(text)
    assert table[""] == ["F1, official test", "entities"]
    expected = [strict(GOLD, predicted, [])["micro"]["f1"] for predicted in SEEDS.values()]
    assert f1(table["strict, by word: the field's"][0]) == pytest.approx(sum(expected) / 2, abs=5e-4)
    assert table["strict, by word: the field's"][1] == "3"
    tokenizer = load_tokenizer(student)
    by_paper = [paper_scores(WORDS, GOLD, predicted, tokenizer, [])["micro"] for predicted in SEEDS.values()]
    paper = table["... and cut to 128: the paper's"]
    assert f1(paper[0]) == pytest.approx(sum(score["f1"] for score in by_paper) / 2, abs=5e-4)
    assert paper[1] == str(by_paper[0]["support"])


def test_each_rule_by_hand(workspace: Path) -> None:
    """Ladki is lad ##ki, Nadim nad ##im, AL-AIN al - ain, Bobby and the rest a subword each."""
    for path in workspace.glob("predictions/*"):
        path.unlink()
    tags = [["I-PER", "I-PER"], ["O", "O", "B-LOC"], ["B-PER", "O"]]
    write_rows(
        workspace / "predictions/seed_1.jsonl", [{"id": f"t{index}", "tags": row} for index, row in enumerate(tags)]
    )
    table = {name: [f1(row[0]), int(row[1])] for name, row in cells(scorers.table(None)).items() if row[1].isdigit()}
    assert table["strict, by word: the field's"] == [0.4, 3]  # predicts LOC (wrong), Bobby
    # Gold: B-PER O I-PER; the same spans are predicted, but LOC, now on [SEP].
    assert table["strict, and an O inserted"] == [0.4, 3]
    # Gold: nad, ##im lad ##ki, al, -, ain, bobby. Predicted: lad, ##ki, bobby.
    assert table["strict, and by subword"] == pytest.approx([2 / 9, 6], abs=5e-4)
    assert table["non-strict"] == pytest.approx([4 / 6, 3], abs=5e-4)  # Nadim Ladki is predicted as well
    # Gold as by subword; predicted: nad ##im lad ##ki as one, lad, ##ki, bobby.
    assert table["non-strict, by subword"] == pytest.approx([2 / 10, 6], abs=5e-4)
    # Gold: nad, ##im lad, [SEP], al, -, ain, bobby. Predicted: nad ##im lad, [SEP], lad, [SEP] of the second, bobby.
    assert table["non-strict, by subword, an O inserted"] == pytest.approx([4 / 12, 7], abs=5e-4)
    # Gold as before; predicted without it: nad ##im lad ##ki, lad, ##ki, bobby.
    assert table["the paper's, the O inserted in gold only"] == pytest.approx([2 / 11, 7], abs=5e-4)


def test_conllpp_from_a_file_or_from_prepare(workspace: Path) -> None:
    """Its last sentence is left out: Bobby, whom no row of it counts."""
    corrected = [["B-ORG", "I-ORG"], GOLD[1], GOLD[2]]
    pairs = [zip(words, tags, strict=True) for words, tags in zip(WORDS, corrected, strict=True)]
    (workspace / "pp.txt").write_text("\n\n".join("\n".join(map(" ".join, rows)) for rows in pairs))
    text = scorers.table("pp.txt")
    assert cells(text)["strict, by word: the field's"][3] == "2"
    rows = [
        {"id": f"t{index}", "words": words, "tags": tags}
        for index, (words, tags) in enumerate(zip(WORDS, corrected, strict=True))
    ]
    write_rows(workspace / "data/prepared/test_conllpp.jsonl", rows)
    assert scorers.table(None) == text
    (workspace / "pp.txt").write_text("Other B-PER\n")
    with pytest.raises(UserError, match=r"--conllpp pp.txt: its sentences are not those"):
        scorers.table("pp.txt")


def test_a_sentence_step_by_step(workspace: Path, student: Path) -> None:
    lines = scorers.sentence("t0").splitlines()
    assert lines[-2:] == ["strict, 1: PER nad ##im lad ##ki", "the paper's, 3: PER nad; PER ##im lad; PER [SEP]"]
    with pytest.raises(UserError, match=r"has no sentence of that id"):
        scorers.sentence("nobody")


def test_the_documented_sentence_is_what_the_command_prints(workspace: Path) -> None:
    """In docs/paper.md, that of conll-test-00001: Nadim Ladki."""
    documented = (ROOT / "docs/paper.md").read_text()
    indented = "\n".join(f"    {line}".rstrip() for line in scorers.sentence("t0").splitlines())
    assert indented in documented


def test_without_gold_there_is_nothing_to_score(workspace: Path) -> None:
    write_rows(workspace / "data/prepared/test.jsonl", [{"id": "t0", "words": ["Nadim"]}])
    with pytest.raises(UserError, match=r"^scorers: data/prepared/test.jsonl has no gold"):
        scorers.table(None)
    with pytest.raises(UserError, match=r"^scorers: data/prepared/test.jsonl has no gold"):
        scorers.sentence("t0")
