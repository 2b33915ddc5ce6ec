"""Checks of files with a word a line: that it is a word, and that something parts the sentences."""

from tinyner.errors import UserError
from tinyner.predict.text import check_decoded

MOST_WORDS = 1000  # of a sentence, as stage prepare has it


def check_word(word: str, where: str) -> None:
    """Check that a field is a word.

    Raises:
        UserError: where it is empty or no UTF-8.
    """
    check_decoded(word, where)
    if not word:
        raise UserError(f"{where}: has no word")


def check_length(count: int, where: str) -> None:
    """Check that a sentence that is being read has not too many words.

    Raises:
        UserError: where it has, as nothing seems to part the sentences.
    """
    if count > MOST_WORDS:
        raise UserError(
            f"{where}: the sentence here has more than {MOST_WORDS} words; put a blank line between sentences"
        )
