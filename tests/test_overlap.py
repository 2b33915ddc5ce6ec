from tinyner.overlap import SETS, learned_from, seen_in
from tinyner.rows import Sentence


def row(text: str, name: str = "x") -> Sentence:
    return {"id": name, "words": text.split()}


def test_sentences_are_the_same_if_their_texts_are() -> None:
    test = [row("EU rejects"), row("EU"), row("eu rejects"), row("Blair left")]
    sets = {"original": [row("EU rejects", "a"), row("Blair")], "related": [row("Blair left"), row("EU rejects")]}
    assert seen_in(test, sets) == [["original", "related"], [], [], ["related"]]
    assert seen_in([], sets) == []
    assert seen_in(test, {}) == [[], [], [], []]


def test_a_sentence_of_other_words_is_the_same_if_its_text_is() -> None:
    """Gold may be split at blanks, and the LLM's sentences into words and signs."""
    test = [row("See you Monday."), row("See you Mondays .")]
    assert seen_in(test, {"target": [row("See you Monday .")]}) == [["target"], []]
    held_out = {"SeeyouMonday."}
    sets = {name: [row("See you Monday .")] for name in ("original", "target", "related")}
    assert {name: len(list(rows)) for name, rows in learned_from(sets, held_out).items()} == {
        "original": 1,
        "target": 0,
        "related": 0,
    }


def test_the_sets_are_those_that_are_prepared_beside_test() -> None:
    assert SETS == ("original", "target", "related", "valid")
