"""CoNLL's sentences as somebody would type them, to be split and labelled again."""

import re
from collections.abc import Sequence

_NO_BLANK_BEFORE = re.compile(r"[.,;:?!%)\]}]+|'|'s|'S|'m|'M|'d|'D|'ll|'LL|'re|'RE|'ve|'VE|n't|N'T")
_NO_BLANK_BEHIND = frozenset("([{$")


def plain_text(words: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return a sentence as plain text, and the places of its words in it.

    Words are parted by blanks, but there is none before closing marks and clitics (``.``, ``)``, ``'s``, ``n't``), and
    none behind an opening bracket or a dollar sign. Of double quotation marks, the first, the third and so on stand at
    the word behind them, the others, and one at the sentence's end, at the word before them.
    """
    text = ""
    places: list[tuple[int, int]] = []
    blank, is_open = "", False
    for index, word in enumerate(words):
        blank_behind = " "
        if word == '"':
            is_open = not is_open
            if is_open and index < len(words) - 1:
                blank_behind = ""
            else:
                blank = ""
        elif _NO_BLANK_BEFORE.fullmatch(word):
            blank = ""
        elif word in _NO_BLANK_BEHIND:
            blank_behind = ""
        text += blank if text else ""
        places.append((len(text), len(text) + len(word)))
        text += word
        blank = blank_behind
    return text, places
