"""The pool of examples by similarity: each text once, however it is split into words or written."""

import pytest

from tinyner.annotate.few_shot_pool import pool_of, same
from tinyner.errors import UserError
from tinyner.rows import Sentence


def sentence(sentence_id: str, *words: str) -> Sentence:
    return {"id": sentence_id, "words": list(words), "tags": ["O"] * len(words)}


def test_sentences_are_the_same_whatever_their_words_white_space_and_case() -> None:
    assert same(sentence("a", "See", "Monday.")) == same(sentence("b", "SEE", "Mon", "day", "."))
    assert same(sentence("a", "See", "Monday.")) != same(sentence("a", "See", "Tuesday."))


def test_each_text_is_an_example_once_and_none_has_the_place_of_the_sentence() -> None:
    rows = [sentence("a", "No."), sentence("b", "No", "."), sentence("c", "{sentence}"), sentence("d", "Yes.")]
    assert [row["id"] for row in pool_of(rows, [], 1)] == ["a", "d"]
    with pytest.raises(UserError, match=r"similar wants 2 examples of data/prepared/original\.jsonl, which has 2 sent"):
        pool_of(rows, [], 2)


def test_no_example_is_a_test_sentence_though_train_has_it_too() -> None:
    rows = [sentence("a", "See", "Monday."), sentence("b", "Yes."), sentence("c", "No.")]
    test = [sentence("e", "SEE", "Monday", ".")]
    assert [row["id"] for row in pool_of(rows, test, 1)] == ["b", "c"]
    with pytest.raises(UserError, match=r"which has 2 sentences \(each text once, none of test\)"):
        pool_of(rows, test, 2)
