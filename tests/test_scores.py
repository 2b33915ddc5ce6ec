import subprocess
import sys

import pytest

from tinyner.scores import strict


def test_scores_by_hand() -> None:
    gold = [["B-PER", "I-PER", "O", "B-LOC"], ["B-LOC", "O", "B-ORG"]]
    predicted = [["B-PER", "I-PER", "O", "B-ORG"], ["B-LOC", "B-LOC", "I-ORG"]]
    scores = strict(gold, predicted, ["LOC", "MISC", "ORG", "PER"])
    # Found: PER right; ORG for LOC wrong; LOC right; LOC wrong; I-ORG continues nothing, so it is no entity.
    assert scores["micro"] == {"precision": 2 / 4, "recall": 2 / 4, "f1": 0.5, "support": 4}
    assert scores["LOC"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
    assert scores["ORG"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}
    assert scores["PER"] == {"precision": 1, "recall": 1, "f1": 1, "support": 1}
    assert scores["MISC"]["support"] == 0
    assert scores["macro"]["f1"] == pytest.approx((0.5 + 0 + 1) / 3)
    assert scores["weighted"]["f1"] == pytest.approx((2 * 0.5 + 1 * 0 + 1 * 1) / 4)
    assert list(scores) == ["micro", "macro", "weighted", "LOC", "MISC", "ORG", "PER"]


def test_a_boundary_off_by_one_is_no_entity() -> None:
    assert strict([["B-PER", "I-PER"]], [["B-PER", "O"]], ["PER"])["micro"]["f1"] == 0


def test_no_entities_at_all_score_nothing() -> None:
    assert strict([["O"]], [["O"]], ["PER"])["micro"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}


def test_sentences_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        strict([["O", "O"]], [["O"]], ["PER"])


@pytest.mark.parametrize(
    "modules", ["scores, tinyner.tables", "evaluate.confusion", "compare.by_name, tinyner.compare.differences"]
)
def test_seqeval_is_loaded_by_scoring_alone(modules: str) -> None:
    program = f"import sys, tinyner.{modules}; print({{'seqeval', 'sklearn', 'scipy'}} & set(sys.modules) or 'none')"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "none\n"
