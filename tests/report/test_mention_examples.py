"""Every outcome of a mention is explained, and has real examples."""

import html
import re

from tests.report.conftest import Study
from tinyner.align.flatten import OUTCOMES
from tinyner.report.inputs import read_corpus
from tinyner.report.mention_examples import MEANINGS, examples


def test_every_outcome_has_a_meaning() -> None:
    assert set(MEANINGS) == set(OUTCOMES)


def test_every_outcome_has_real_examples(study: Study) -> None:
    corpus = read_corpus(study.weak)
    boxes = examples(corpus)
    assert len(re.findall('class="outcome"', boxes)) == len({row["outcome"] for row in corpus.ledger})
    exact = next(row for row in corpus.ledger if row["outcome"] == "exact")
    assert f"<mark>{exact['text']}</mark>" in boxes
    text = html.unescape(re.sub("<[^>]*>", "", boxes))
    assert " ".join(corpus.sentences[exact["id"]]["words"]) in text
