"""Where the words of a sentence stand apart, so that a script without white space is shown as it is written."""

from tinyner.rows import Sentence, places_of, text_of


def are_apart(sentence: Sentence) -> list[bool]:
    """Return for each word whether white space stands before it; not before the first.

    >>> are_apart({"id": "a", "words": ["to", "Rome", "."]})
    [False, True, True]
    >>> are_apart({"id": "a", "words": ["林", "は", "IBM", "へ"], "text": "林は IBMへ"})
    [False, False, True, False]
    """
    places = places_of(sentence["words"], text_of(sentence))
    ends = [0, *(end for _, end in places)]
    return [start > end for (start, _), end in zip(places, ends, strict=False)]
