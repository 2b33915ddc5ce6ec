"""IOB2 tags to spans and back, and the conversion of other tag schemes to IOB2.

>>> tags_to_spans(["B-PER", "I-PER", "O", "B-LOC"])
[(0, 2, 'PER'), (3, 4, 'LOC')]
>>> spans_to_tags([(0, 2, "PER"), (3, 4, "LOC")], 4)
['B-PER', 'I-PER', 'O', 'B-LOC']
>>> to_iob2(["I-PER", "I-PER", "O", "I-LOC", "B-LOC"])
['B-PER', 'I-PER', 'O', 'B-LOC', 'B-LOC']
"""

from collections.abc import Iterable, Sequence

Span = tuple[int, int, str]
"""Half-open range of words, and its label: ``(start, end, label)``."""

POSITIONS = {"B": "B", "I": "I", "E": "E", "S": "S", "L": "E", "U": "S", "M": "I", "W": "S"}
"""What a tag's letter says of its word's position in an entity, in BIOES' letters: L and U are BILOU's for E and S,
M is BMES' for I, W is BMEWO's for S."""


class TagError(ValueError):
    """A tag that its scheme does not allow; ``index`` is its word's index in the sentence."""

    def __init__(self, index: int, message: str) -> None:
        """Take the index of the word and what is wrong there."""
        super().__init__(message)
        self.index = index


def to_iob2(tags: Sequence[str]) -> list[str]:
    """Convert the tags of one sentence from IOB1, IOB2 or BIOES (BILOU, BMES, BMEWO) to IOB2.

    IOB1 and IOB2 are read by the same rules: a B- always starts an entity, and so does an I- that continues
    none (IOB1). Valid IOB2 is returned unchanged. A sentence with an E- or S- tag is read as BIOES, whose
    entities must be closed.

    Raises:
        TagError: at the first word whose tag is of no scheme, or breaks the rules of BIOES.
    """
    parts = [_split(tag, index) for index, tag in enumerate(tags)]
    bioes = any(position in "ES" for position, _ in parts)
    result: list[str] = []
    open_type = ""  # type of the entity that the word before leaves open
    for index, (position, label) in enumerate(parts):
        continues = position in "IE" and open_type == label
        if bioes and (position in "IE") != continues:
            raise TagError(index, f"tag {tags[index]!r} continues no entity of its type")
        if bioes and open_type and not continues:
            raise TagError(index, f"tag {tags[index]!r} leaves the {open_type} entity before it without an E- tag")
        if position == "O":
            result.append("O")
        else:
            result.append(f"{'I' if continues else 'B'}-{label}")
        open_type = label if position in "BI" else ""
    if bioes and open_type:
        raise TagError(len(tags) - 1, f"the {open_type} entity at the sentence's end has no E- tag")
    return result


def _split(tag: str, index: int) -> tuple[str, str]:
    if tag == "O":
        return "O", ""
    position, dash, label = tag.partition("-")
    if position not in POSITIONS or not dash or not label:
        raise TagError(index, f"expected an IOB1, IOB2 or BIOES tag (O, B-PER, I-PER, ...), found {tag!r}")
    return POSITIONS[position], label


def types_in(sentences: Iterable[Sequence[str]]) -> set[str]:
    """Return the types that have an entity in IOB2 tags.

    >>> sorted(types_in([["B-PER", "I-PER", "O"], ["I-LOC"], ["B-ORG"]]))
    ['ORG', 'PER']
    """
    return {tag[2:] for tags in sentences for tag in tags if tag.startswith("B-")}


def tags_to_spans(tags: Sequence[str]) -> list[Span]:
    """Return the entities of IOB2 tags, strictly: an I- that continues no entity of its type is ignored."""
    spans: list[Span] = []
    start, label = 0, ""
    for index, tag in enumerate([*tags, "O"]):
        if label and tag != f"I-{label}":
            spans.append((start, index, label))
            label = ""
        if tag.startswith("B-"):
            start, label = index, tag[2:]
    return spans


def stray_words(tags: Sequence[str]) -> int:
    """Return how many words have a tag I- that continues no entity of its type.

    >>> stray_words(["I-PER", "B-PER", "I-PER", "I-LOC", "O"])
    2
    """
    inside = sum(tag.startswith("I-") for tag in tags)
    return inside - sum(end - start - 1 for start, end, _ in tags_to_spans(tags))


def spans_to_tags(spans: Iterable[Span], length: int) -> list[str]:
    """Return the IOB2 tags of a sentence of ``length`` words.

    Raises:
        ValueError: if a span is empty, lies outside the sentence or overlaps another.
    """
    tags = ["O"] * length
    for start, end, label in spans:
        if not 0 <= start < end <= length:
            raise ValueError(f"span {start}:{end} is no range of a sentence of {length} words")
        if any(tag != "O" for tag in tags[start:end]):
            raise ValueError(f"span {start}:{end} overlaps another")
        tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    return tags
