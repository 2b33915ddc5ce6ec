"""A sentence that is too long for a student: overlapping windows of its words, and the tags that all give together."""

from collections.abc import Sequence

WINDOW_WORDS = 100
"""Words of a sentence that are labelled at once: students are trained on no longer ones, and are worse at these."""

Window = tuple[int, int]
"""Half-open range of words."""


def windows(count: int, size: int) -> list[Window]:
    """Return ranges of at most ``size`` words that cover ``count`` words; neighbours share half of theirs or more.

    >>> windows(11, 4)
    [(0, 4), (2, 6), (4, 8), (6, 10), (7, 11)]
    >>> windows(3, 4)
    [(0, 3)]
    """
    last = max(count - size, 0)
    return [(begin, min(begin + size, count)) for begin in [*range(0, last, max(size // 2, 1)), last]]


def joined(ranges: Sequence[Window], tags_by_window: Sequence[Sequence[str]]) -> list[str]:
    """Return a tag for each word: that of the window where the word is most central.

    Two windows pass from the one to the other in the middle of the words that both have, or as near to it as neither
    has an entity that goes on there. Where there is no such place, an entity of the first is cut, and never one of the
    second, whose end would be left without its beginning.

    >>> joined([(0, 4), (2, 6)], [["O", "O", "B-PER", "I-PER"], ["B-PER", "I-PER", "I-PER", "O"]])
    ['O', 'O', 'B-PER', 'I-PER', 'I-PER', 'O']
    >>> joined([(0, 3), (1, 4)], [["B-PER", "I-PER", "I-PER"], ["B-ORG", "I-ORG", "I-ORG"]])
    ['B-PER', 'B-ORG', 'I-ORG', 'I-ORG']
    """
    tags = list(tags_by_window[0])
    for (begin, _), following in zip(ranges[1:], tags_by_window[1:], strict=True):
        end = len(tags)
        pairs = zip([*tags[begin:], "O"], [*following[: end - begin + 1], "O"], strict=False)
        *_, border = min(
            (other.startswith("I-"), tag.startswith("I-"), abs(2 * place - begin - end), place)
            for place, (tag, other) in enumerate(pairs, begin)
        )
        tags[border:] = following[border - begin :]
    return tags
