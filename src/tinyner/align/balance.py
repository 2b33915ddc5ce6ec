"""What the rows of a sentence have to agree with: its words, its replies, and each mention of these.

Mentions are the sum of their outcomes; an example has the words of its sentence, and only a sentence whose replies all
failed has none.
"""

from collections.abc import Iterator, Sequence

from tinyner.align.flatten import OUTCOMES
from tinyner.rows import Annotation, Example, LedgerRow, Sentence, text_of_words

_OUTCOMES = frozenset[str](OUTCOMES)


def misplaced(sentence: Sentence, annotations: Sequence[Annotation]) -> bool:
    """Return whether a mention came with a span of other words than its own, so that the input is not the sentence's.

    >>> blair = {"type": "PER", "text": "Blair", "span": [0, 1]}
    >>> row = {"id": "a", "prompt_sha256": "", "status": "ok", "mentions": [blair], "problems": []}
    >>> misplaced({"id": "a", "words": ["Blair", "left"]}, [row]), misplaced({"id": "a", "words": ["He"]}, [row])
    (False, True)
    """
    return any(
        not 0 <= mention["span"][0] < mention["span"][1] <= len(sentence["words"])
        or text_of_words(sentence, *mention["span"]) != mention["text"]
        for annotation in annotations
        for mention in annotation["mentions"]
        if "span" in mention
    )


def faults(
    sentence: Sentence, annotations: Sequence[Annotation], example: Example | None, ledger: Sequence[LedgerRow]
) -> Iterator[str]:
    """Yield what does not add up between a sentence with its cleaned replies and the rows that align makes of them."""
    valid = [row for row in annotations if row["status"] != "failed"]
    if (example is None) != (not valid):
        yield "sentences with a reply and without an example, or the other way round"
    if example is not None:
        yield from _example_faults(sentence, example)
    mentions = [(mention["type"], mention["text"]) for row in valid for mention in row["mentions"]]
    if mentions != [(row["type"], row["text"]) for row in ledger]:
        yield "sentences whose ledger has not each mention of their replies once, in their order"
    if any(row["outcome"] not in _OUTCOMES or row["id"] != sentence["id"] for row in ledger):
        yield "sentences with a mention that has no outcome, or the outcome of another sentence"


def _example_faults(sentence: Sentence, example: Example) -> Iterator[str]:
    words = sentence["words"]
    if example["id"] != sentence["id"] or example["words"] != words:
        yield "examples with other words than their sentences"
    if not len(words) == len(example["tags"]) == len(example.get("weights", words)):
        yield "examples with another number of tags or weights than of words"
    begins = [index for index, tag in enumerate(example["tags"]) if tag.startswith("B-")]
    if begins != [span["start"] for span in example["spans"]]:
        yield "examples whose tags are not their spans"
