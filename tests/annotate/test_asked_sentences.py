"""Which sentences are asked for: target, related and gold ones, these without those that a file lacks."""

from pathlib import Path

import pytest

from tests.annotate.label_stages import annotator, write_labels, write_project
from tests.annotate.test_gold_sentences import GOLD, spans
from tinyner.annotate.asked_sentences import AskedSentences, PreparedSets, asked_sentences, load_asked
from tinyner.errors import UserError
from tinyner.files import write_rows
from tinyner.params import load_params
from tinyner.rows import Sentence

TARGET: list[Sentence] = [{"id": "t", "words": ["Ann", "rose"]}]
RELATED: list[Sentence] = [{"id": "r", "words": ["Ann", "fell"]}]


def asked_in(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> AskedSentences:
    monkeypatch.chdir(folder)
    return load_asked(load_params(changes=changes))


def ids(asked: AskedSentences) -> dict[str, list[str]]:
    return {corpus: [row["id"] for row in rows] for corpus, rows in asked.corpora.items()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two annotators with labels in files: of the gold sentences, only 1 to 3 have a row in both."""
    labels = {
        "crowd": annotator(write_labels(tmp_path, "crowd.jsonl", spans(*TARGET, *RELATED, *GOLD[:4]))),
        "weak": annotator(write_labels(tmp_path, "weak.jsonl", spans(*TARGET, *RELATED, *GOLD[1:]))),
    }
    write_project(tmp_path, TARGET, labels, [*labels], annotate={"gold_size": 5})
    write_rows(tmp_path / "data/prepared/related.jsonl", RELATED)
    write_rows(tmp_path / "data/prepared/original.jsonl", GOLD)
    write_rows(tmp_path / "data/prepared/test.jsonl", [])
    return tmp_path


def test_gold_sentences_need_a_row_in_each_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_in(project, monkeypatch)
    assert ids(asked) == {"target": ["t"], "related": ["r"], "gold": ["g1", "g2", "g3"]}
    assert (asked.left_out, [of_files.name for of_files in asked.labels]) == (2, ["crowd", "weak"])
    lines = list(asked.lines(5))
    assert "1 of 1 target sentence and 1 of 1 related sentence and 4 of 5 gold sentences" in lines[0]
    assert lines[1] == "crowd: 1 gold sentence has no labels (first: g4), left out"
    assert "there are no more than 3 gold sentences to ask for" in lines[-1]
    assert lines[-1].endswith("not of the test set, with a row in each file of labels")


def test_without_a_size_there_are_no_gold_ones(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_in(project, monkeypatch, **{"annotate.gold_size": None})
    assert ids(asked) == {"target": ["t"], "related": ["r"]}
    assert list(asked.shortage(None)) == []


def test_a_file_that_cannot_be_read_limits_nothing_if_its_error_is_taken(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "data/own/weak.jsonl").unlink()
    with pytest.raises(UserError, match=r"data/own/weak\.jsonl: no such file"):
        asked_in(project, monkeypatch)
    errors: list[UserError] = []
    asked = asked_sentences(load_params(), PreparedSets(TARGET, RELATED, GOLD), unreadable=errors.append)
    assert ids(asked)["gold"] == ["g0", "g1", "g2", "g3"]
    assert len(errors) == 1
