"""Texts with the tags of single words (B-PER, I-PER, O), and the mentions that they come to."""

from collections.abc import Sequence
from typing import NamedTuple

from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.failed import Failed

INSIDE = ("I", "E", "L", "M")
_BEGINS = ("B", "S", "U")


class TaggedText(NamedTuple):
    """A text, its type as written, and the prefix of its tag: empty for a mention, ``O`` for a word outside."""

    prefix: str
    label: str
    text: str


def joined(tagged: Sequence[TaggedText], sentence: AskedSentence) -> list[tuple[str, str]]:
    """Return (type, text) of every mention; a text inside an entity is joined to the text before it.

    >>> sequence = [TaggedText("B", "PER", "Max"), TaggedText("I", "PER", "Frei"), TaggedText("O", "", "left")]
    >>> joined(sequence, AskedSentence(["Max", "Frei", "left"]))
    [('PER', 'Max Frei')]
    """
    mentions: list[tuple[str, str]] = []
    before = TaggedText("O", "", "")
    for item in tagged:
        if item.text.startswith("##") and before.label == item.label and mentions:  # a piece of a word
            mentions[-1] = (item.label, mentions[-1][1] + item.text.removeprefix("##"))
            continue
        continues = item.prefix in INSIDE and before.prefix in (*INSIDE, "B") and before.label == item.label
        if continues and sentence.holds(f"{mentions[-1][1]} {item.text}"):
            mentions[-1] = (item.label, f"{mentions[-1][1]} {item.text}")
        elif item.prefix != "O":
            mentions.append((item.label, item.text))
        before = item
    return mentions


def from_lists(lists: Sequence[tuple[str, str, Sequence[str]]], sentence: AskedSentence) -> list[TaggedText]:
    """Return the mentions of {"B-PER": ["Max"], "I-PER": ["Frei"]}, found by walking along the sentence.

    Args:
        lists: prefix, type and texts of each key.
        sentence: that was asked.

    Raises:
        Failed: tags (a word is left that stands nowhere in the sentence behind the beginning of its type).
    """
    mentions = []
    for label in dict.fromkeys(label for _, label, _ in lists):
        begins = [word for prefix, of, texts in lists if of == label and prefix not in INSIDE for word in texts]
        inside = [
            word
            for prefix, of, texts in lists
            if of == label and prefix in INSIDE
            for text in texts
            for word in text.split()
        ]
        start, walked = 0, []
        while start < len(sentence.words):
            begin = next(
                (text for text in begins if sentence.words[start : start + len(text.split())] == text.split()), None
            )
            if begin is None:
                start += 1
                continue
            end = start + len(begin.split())
            while end < len(sentence.words) and sentence.words[end] in inside:
                inside.remove(sentence.words[end])
                end += 1
            begins.remove(begin)
            walked.append(TaggedText("", label, sentence.text_of_words(start, end)))
            start = end
        if begins or inside:
            raise Failed("tags")
        mentions += walked
    return mentions
