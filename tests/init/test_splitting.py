"""A split: all is in it once, what belongs together is, the sizes are kept, each type is in train."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tinyner.init.splitting import split, units_of
from tinyner.rows import Sentence

LABELS = st.lists(st.sets(st.sampled_from("ABCDE")), min_size=3, max_size=60)


def sentences_of(words: list[int]) -> list[Sentence]:
    return [{"id": str(index), "words": [str(word)]} for index, word in enumerate(words)]


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.sets(st.sampled_from("AB"))), min_size=4, max_size=60),
    st.integers(0, 3),
)
def test_what_belongs_together_stays_together(rows: list[tuple[int, int, set[str]]], seed: int) -> None:
    words, documents, labels = (list(column) for column in zip(*rows, strict=True))
    sentences = sentences_of(words)
    valid, test = len(rows) // 5, len(rows) // 4
    sizes = {"train": len(rows) - valid - test, "valid": valid, "test": test}
    indices = split(units_of(sentences, documents), [sorted(types) for types in labels], sizes, seed)
    assert sorted(index for part in indices.values() for index in part) == list(range(len(rows)))
    assert all(part == sorted(part) for part in indices.values())
    for column in (words, documents):
        homes = {(column[index], name) for name, part in indices.items() for index in part}
        assert len(homes) == len({value for value, _ in homes})


def test_sentences_of_the_same_text_stay_together_whatever_their_words() -> None:
    words = [["See", "Monday."], ["No", "."], ["See", "Monday", "."]]
    sentences: list[Sentence] = [{"id": str(index), "words": row} for index, row in enumerate(words)]
    assert sorted(units_of(sentences, [0, 1, 2])) == [[0, 2], [1]]


@given(LABELS, st.data(), st.integers(0, 3))
def test_single_sentences_give_the_very_sizes_and_each_type_in_train(
    labels: list[set[str]], data: st.DataObject, seed: int
) -> None:
    count = len(labels)
    test = data.draw(st.integers(0, count))
    valid = data.draw(st.integers(0, count - test))
    sizes = {"train": count - valid - test, "valid": valid, "test": test}
    units = [[index] for index in range(count)]
    indices = split(units, [sorted(types) for types in labels], sizes, seed)
    assert {name: len(part) for name, part in indices.items()} == sizes
    if sizes["train"] >= 5:  # a sentence for each type
        assert set().union(*labels) == set().union(*(labels[index] for index in indices["train"]))


def test_the_share_of_each_type_is_about_that_of_the_sentences() -> None:
    labels = [["A"] * (index % 2 == 0) + ["B"] * (index % 5 == 0) + ["C"] * (index % 50 == 0) for index in range(1000)]
    indices = split([[index] for index in range(1000)], labels, {"train": 500, "valid": 200, "test": 300}, 1)
    counts = {name: Counter(label for index in part for label in labels[index]) for name, part in indices.items()}
    assert counts == {
        "train": {"A": 250, "B": 100, "C": 10},
        "valid": {"A": 100, "B": 40, "C": 4},
        "test": {"A": 150, "B": 60, "C": 6},
    }


def test_a_seed_gives_a_split_and_another_seed_another() -> None:
    units, labels = [[index] for index in range(40)], [["A"]] * 40
    sizes = {"train": 20, "valid": 5, "test": 15}
    assert split(units, labels, sizes, 1) == split(units, labels, sizes, 1) != split(units, labels, sizes, 2)


def test_two_documents_that_share_a_sentence_are_together() -> None:
    assert units_of(sentences_of([1, 2, 2, 3, 4]), [0, 0, 1, 1, 2]) == [[0, 1, 2, 3], [4]]
