"""What is trained on has to be what stands in the files, and what is predicted has to be of the test sentences."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tinyner.conservation import Balance
from tinyner.rows import Prediction, Sentence, squeezed
from tinyner.train.encoded import Encoded


def check_rows(path: str, rows: Sequence[Any], labels: Sequence[str], made_by: str) -> None:
    """Check that the rows of a file each have an id of their own, and a tag and a weight a word, of the scheme.

    Args:
        path: of the file, for messages.
        rows: examples or sentences; those without tags are not checked for them.
        labels: the tags of the scheme.
        made_by: the stage that writes the file.

    Raises:
        UserError: where some haven't, naming them.
    """
    balance, legal_tags, cure = Balance("train"), frozenset(labels), f"run `dvc repro {made_by}`"
    for row_id, count in Counter(row["id"] for row in rows).items():
        if count > 1:
            balance.add(f"sentences that stand in {path} more than once", row_id, cure)
    for row in rows:
        words, tags = row["words"], row.get("tags")
        if tags is None:
            continue
        if not len(words) == len(tags) == len(row.get("weights", words)):
            balance.add(f"sentences of {path} with another number of tags or weights than of words", row["id"], cure)
        if not legal_tags.issuperset(tags):
            balance.add(f"sentences of {path} with a tag of a type that params.yaml lacks", row["id"], cure)
    balance.check()


def check_pool(path: str, rows: Sequence[Any], pool: Sequence[Any], held_out_texts: set[str], size: int | None) -> None:
    """Check that all rows of a file are in the pool that is drawn from, held out, or behind the size of params.yaml.

    Args:
        path: of the file.
        rows: of the file.
        pool: what was taken of them.
        held_out_texts: squeezed, of those that are left out.
        size: how many are to be taken; None: all others.

    Raises:
        UserError: where one is missing or too many, naming them.
    """
    expected = [row["id"] for row in rows if squeezed(row["words"]) not in held_out_texts][:size]
    taken = [row["id"] for row in pool]
    if expected == taken:
        return
    balance = Balance("train")
    for row_id in (Counter(expected) - Counter(taken)) + (Counter(taken) - Counter(expected)):
        balance.add(f"sentences of {path} that are trained on and must not be, or the other way round", row_id)
    balance.expect(f"the sentences of {path}", len(expected), len(taken))


def check_encoded(what: str, rows: Sequence[Any], data: Encoded, labels: Sequence[str]) -> None:
    """Check that encoded sentences have the words of their rows, and each word its tag.

    Args:
        what: the rows are, for messages.
        rows: with tags.
        data: the same sentences, encoded.
        labels: the tags in the order of their ids.

    Raises:
        UserError: where they haven't, naming them.
    """
    balance = Balance("train")
    balance.expect(f"{what} sentences", len(rows), len(data))
    label_ids = {label: index for index, label in enumerate(labels)}
    bounds, gold = data.word_bounds.tolist(), data.gold.tolist()
    for index, row in enumerate(rows):
        here = gold[bounds[index] : bounds[index + 1]]
        if len(here) != len(row["words"]) or here != [label_ids[tag] for tag in row["tags"]]:
            balance.add(f"{what} sentences that are encoded with other words or tags", row["id"])
    balance.check()


def check_predictions(test: Sequence[Sentence], predictions: Sequence[Prediction]) -> None:
    """Check that each test sentence has a prediction, and each of its words a tag.

    Raises:
        UserError: where one hasn't, naming it.
    """
    balance = Balance("train")
    balance.expect("test sentences and their predictions", len(test), len(predictions))
    for sentence, row in zip(test, predictions, strict=True):
        if row["id"] != sentence["id"] or len(row["tags"]) != len(sentence["words"]):
            balance.add("test sentences whose prediction is another's, or of another number of words", sentence["id"])
    balance.check()
