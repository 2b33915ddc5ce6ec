from tinyner.overlap import SETS, seen_in
from tinyner.rows import Sentence


def row(text: str, name: str = "x") -> Sentence:
    return {"id": name, "words": text.split()}


def test_sentences_are_the_same_if_all_their_words_are() -> None:
    test = [row("EU rejects"), row("EU"), row("eu rejects"), row("Blair left")]
    sets = {"original": [row("EU rejects", "a"), row("Blair")], "related": [row("Blair left"), row("EU rejects")]}
    assert seen_in(test, sets) == [["original", "related"], [], [], ["related"]]
    assert seen_in([], sets) == []
    assert seen_in(test, {}) == [[], [], [], []]


def test_the_sets_are_those_that_are_prepared_beside_test() -> None:
    assert SETS == ("original", "target", "related", "valid")
