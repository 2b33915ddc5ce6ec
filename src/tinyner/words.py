"""Split a text into sentences (sentencex) and words (NLTK), for prepare and predict alike.

Places are half-open and count code points of the text as it was given.
"""

import importlib
import importlib.util
import sys
from functools import cache
from typing import Any


def words_of(text: str) -> list[str]:
    """Return the words of a text, each as it stands there.

    >>> words_of("Mr Blair's plan, he said.")
    ['Mr', 'Blair', "'s", 'plan', ',', 'he', 'said', '.']
    """
    return [text[start:end] for start, end in word_places(text)]


def word_places(text: str) -> list[tuple[int, int]]:
    """Return the places of a text's words, in order.

    >>> word_places("He left.")
    [(0, 2), (3, 7), (7, 8)]
    """
    return list(_nltk().span_tokenize(text))


def sentence_places(text: str) -> list[tuple[int, int]]:
    """Return the places of a text's sentences, in order, without the white space between them.

    >>> sentence_places("Mr Blair left. He flew to Rome.")
    [(0, 14), (15, 31)]
    """
    from sentencex import get_sentence_boundaries  # noqa: PLC0415, not before it is needed

    places: list[tuple[int, int]] = []
    for boundary in get_sentence_boundaries("en", text):
        start, end = boundary["start_index"], boundary["end_index"]
        sentence = text[start:end]
        if sentence.strip():
            start += len(sentence) - len(sentence.lstrip())
            places.append((start, start + len(sentence.strip())))
    return places


@cache
def _nltk() -> Any:
    """Return NLTK's word tokenizer.

    Its packages load SciPy and scikit-learn when they are imported, which takes seconds, and the tokenizer uses neither.
    So their modules are made without running them, and taken out again for who wants to import NLTK whole.
    """

    def loaded() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] == "nltk"]

    if loaded():
        return importlib.import_module("nltk.tokenize").NLTKWordTokenizer()
    try:
        for package in ("nltk", "nltk.tokenize"):
            spec = importlib.util.find_spec(package)
            assert spec is not None
            sys.modules[package] = importlib.util.module_from_spec(spec)
        return importlib.import_module("nltk.tokenize.destructive").NLTKWordTokenizer()
    finally:
        for name in loaded():
            del sys.modules[name]
