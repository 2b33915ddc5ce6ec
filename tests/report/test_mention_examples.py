"""Every outcome of a mention is explained, and has real examples."""

import html
import re

from tests.report.conftest import Study
from tinyner.align.flatten import OUTCOMES
from tinyner.report.inputs import Corpus, read_corpus
from tinyner.report.mention_examples import MEANINGS, examples
from tinyner.rows import LedgerRow, Sentence


def test_every_outcome_has_a_meaning() -> None:
    assert set(MEANINGS) == set(OUTCOMES)


def test_a_script_without_white_space_is_shown_as_it_is_written() -> None:
    sentence: Sentence = {"id": "t", "words": ["林", "さ", "ん", "は", "NTT", "へ"], "text": "林さんは NTTへ"}
    mention: LedgerRow = {"id": "t", "type": "PER", "text": "林さん", "outcome": "exact", "span": [[0, 3]]}
    pieces: LedgerRow = {**mention, "outcome": "discontinuous", "text": "林へ", "span": [[0, 1], [5, 6]]}
    corpus = Corpus("", ["PER"], [], [sentence], [], {"t": sentence}, {}, [], [mention, pieces], [])
    boxes = examples(corpus)
    assert '<span class="sentence"><mark>林さん</mark>は NTTへ</span>' in boxes
    assert '<span class="sentence"><mark>林</mark>さんは NTT<mark>へ</mark></span>' in boxes


def test_every_outcome_has_real_examples(study: Study) -> None:
    corpus = read_corpus(study.weak)
    boxes = examples(corpus)
    assert len(re.findall('class="outcome"', boxes)) == len({row["outcome"] for row in corpus.ledger})
    exact = next(row for row in corpus.ledger if row["outcome"] == "exact")
    assert f"<mark>{exact['text']}</mark>" in boxes
    text = html.unescape(re.sub("<[^>]*>", "", boxes))
    assert " ".join(corpus.sentences[exact["id"]]["words"]) in text
