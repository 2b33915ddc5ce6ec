"""What two files have in common."""

from tinyner.init.findings import duplicates, in_both
from tinyner.rows import Sentence


def test_sentences_are_in_both_files_if_their_texts_are_whatever_their_words() -> None:
    gold: list[Sentence] = [{"id": "a", "words": ["See", "Monday."]}, {"id": "b", "words": ["No."]}]
    raw: list[Sentence] = [{"id": "c", "words": ["See", "Monday", "."]}]
    assert in_both(gold, raw) == gold[:1]
    assert in_both(raw, gold) == raw


def test_sentences_are_duplicates_by_the_same_rule() -> None:
    sentences: list[Sentence] = [{"id": "a", "words": ["No."]}, {"id": "b", "words": ["No", "."]}]
    assert duplicates([*sentences, {"id": "c", "words": ["Yes"]}]) == 1
