"""What two files have in common."""

from tinyner.init.findings import in_both
from tinyner.rows import Sentence


def test_sentences_are_in_both_files_if_their_texts_are_whatever_their_words() -> None:
    gold: list[Sentence] = [{"id": "a", "words": ["See", "Monday."]}, {"id": "b", "words": ["No."]}]
    raw: list[Sentence] = [{"id": "c", "words": ["See", "Monday", "."]}]
    assert in_both(gold, raw) == gold[:1]
    assert in_both(raw, gold) == raw
