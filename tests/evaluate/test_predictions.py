from pathlib import Path

import pytest
from tests.predicted import prediction

from tinyner.errors import UserError
from tinyner.evaluate.predictions import probabilities_of, read_predictions, read_rows
from tinyner.files import write_rows
from tinyner.rows import Sentence

GOLD: list[Sentence] = [{"id": "s0", "words": ["a", "b"], "tags": ["B-PER", "O"]}]


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_predictions_come_by_seed_in_the_order_of_numbers() -> None:
    for seed, tags in ((10, ["O", "O"]), (2, ["B-PER", "O"])):
        write_rows(Path(f"predictions/seed_{seed}.jsonl"), [prediction("s0", tags)])
    assert list(read_predictions(GOLD).items()) == [(2, [["B-PER", "O"]]), (10, [["O", "O"]])]


def test_predictions_of_other_sentences_are_refused() -> None:
    write_rows(Path("predictions/seed_2.jsonl"), [prediction("other", [])])
    with pytest.raises(UserError, match=r"seed_2.jsonl: not the sentences of data/prepared/test.jsonl"):
        read_predictions(GOLD)


def test_without_predictions_the_error_says_what_to_run() -> None:
    with pytest.raises(UserError, match=r"expected seed_<n>.jsonl, found none; run `dvc repro train`"):
        read_predictions(GOLD)


def test_probabilities_of_an_older_version_are_missed() -> None:
    write_rows(Path("predictions/seed_2.jsonl"), [{"id": "s0", "tags": ["O", "O"]}])
    (rows,) = read_rows(GOLD).values()
    assert read_predictions(GOLD) == {2: [["O", "O"]]}
    with pytest.raises(UserError, match=r"seed_2.jsonl: has no probabilities, as an older version wrote it; run `dvc"):
        probabilities_of(2, rows)


def test_predictions_of_another_number_of_words_are_refused() -> None:
    write_rows(Path("predictions/seed_2.jsonl"), [prediction("s0", ["O"])])
    with pytest.raises(UserError, match=r"^evaluate: .* than data/prepared/test.jsonl has words: 1 \(s0\); run `dvc"):
        read_predictions(GOLD)
