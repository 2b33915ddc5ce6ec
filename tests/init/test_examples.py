"""The few-shot examples: few, short, of every type, one without entities."""

from hypothesis import given
from hypothesis import strategies as st

from tinyner.annotate.templates import Shot
from tinyner.init.examples import LEAST, choose, row_of
from tinyner.rows import Sentence

TYPES = {name: list[str]() for name in "ABCDEFGH"}


def sentence(length: int, labels: str) -> Sentence:
    tags = [f"B-{label}" for label in labels] + ["O"] * (length - len(labels))
    return {"id": f"{length}{labels}", "words": [f"w{length}{labels}{index}" for index in range(length)], "tags": tags}


@given(
    st.lists(st.tuples(st.integers(8, 60), st.sets(st.sampled_from("ABCDEFGH"))), max_size=40).map(
        lambda rows: [sentence(length, "".join(sorted(labels))) for length, labels in rows]
    )
)
def test_every_type_is_shown(train: list[Sentence]) -> None:
    shots = choose(train, TYPES)
    distinct = {sentence["id"] for sentence in train}
    assert min(LEAST, len(distinct)) <= len(shots) <= max(LEAST, len(TYPES) + 1)
    shows = {label for shot in shots for label in shot.entities}
    assert shows == {tag[2:] for sentence in train for tag in sentence["tags"] if tag != "O"}
    if any(set(row["tags"]) == {"O"} and len(row["words"]) <= 40 for row in train):
        assert any(not shot.entities for shot in shots)


def test_seventeen_types_that_stand_alone_are_all_shown() -> None:
    letters = "ABCDEFGHIJKLMNOPQ"
    shots = choose([sentence(8, letter) for letter in letters] + [sentence(6, "")], dict.fromkeys(letters, ()))
    assert [sorted(shot.entities) for shot in shots] == [[], *([letter] for letter in letters)]


def test_short_sentences_come_before_long_ones_but_not_fragments() -> None:
    train = [
        sentence(2, "AB"),
        sentence(50, "AB"),
        sentence(12, "AB"),
        sentence(9, "A"),
        sentence(7, ""),
        sentence(6, ""),
    ]
    assert [shot.text.split()[0] for shot in choose(train, TYPES)] == ["w60", "w12AB0", "w9A0"]


def test_the_place_of_the_sentence_is_in_no_example() -> None:
    odd: Sentence = {"id": "odd", "words": ["a", "{sentence}"], "tags": ["B-A", "O"]}
    assert choose([odd], TYPES) == []


def test_a_text_is_an_example_once_whatever_its_words() -> None:
    rows: list[Sentence] = [
        {"id": "a", "words": ["Rosa", "left", "."], "tags": ["B-A", "O", "O"]},
        {"id": "b", "words": ["Rosa", "left."], "tags": ["B-A", "O"]},
    ]
    assert [shot.text for shot in choose(rows, TYPES)] == ["Rosa left ."]


def test_the_row_of_an_example() -> None:
    assert row_of(Shot("a b", {"A": ["a"]})) == {"text": "a b", "entities": {"A": ["a"]}}
    assert row_of(Shot("a", {}, "why")) == {"text": "a", "entities": {}, "reasoning": "why"}
