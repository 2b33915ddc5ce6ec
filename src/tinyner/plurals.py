"""Counts with their words, for people."""


def number(count: int, what: str, plural: str = "") -> str:
    """Return a count with its word.

    >>> number(1, "text"), number(2000, "entity", "entities"), number(2, "gold sentence")
    ('1 text', '2,000 entities', '2 gold sentences')
    """
    return f"{count:,} {what if count == 1 else plural or f'{what}s'}"
