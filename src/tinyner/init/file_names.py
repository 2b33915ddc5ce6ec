"""Names of the files that ``tinyner init`` writes: in them nothing means anything to .gitignore, a shell or DVC."""

import re
import unicodedata
from collections.abc import Collection
from pathlib import PurePosixPath

from tinyner.init import readers

_ENDINGS = re.compile(r"(?P<stem>.*?)(?P<endings>(?:\.[A-Za-z0-9]{1,10}){0,2})", re.S)
_SIGNS = re.compile("[^A-Za-z0-9_-]+")
_LONGEST = 80  # signs of a stem: .dvc and the like come behind, and a name has 255 bytes at most


def stem_of(name: str) -> str:
    """Return a name without its endings, in letters, digits, ``_`` and ``-`` of ASCII; "" where it has none of these.

    >>> stem_of("notes #1.csv"), stem_of("Übersicht [2].jsonl.gz"), stem_of("ノート.csv"), stem_of(".csv")
    ('notes-1', 'Ubersicht-2', '', '')
    """
    match = _ENDINGS.fullmatch(name)
    assert match is not None
    without_marks = "".join(sign for sign in unicodedata.normalize("NFKD", match["stem"]) if sign.isprintable())
    ascii_only = "".join(sign for sign in without_marks if not unicodedata.combining(sign))
    return _SIGNS.sub("-", ascii_only)[:_LONGEST].strip("-_")


def safe_name(name: str, endings: str | None = None) -> str:
    """Return a name for a copy of a file, whose format is recognised as that of the file is.

    >>> safe_name("notes #1.csv"), safe_name("notes.csv "), safe_name("ノート.tsv"), safe_name("notes", ".jsonl")
    ('notes-1.csv', 'notes-csv.txt', 'sentences.tsv', 'notes.jsonl')
    >>> safe_name("notes.dvc")  # of DVC's own files, the texts would be put into Git
    'notes.txt'

    Args:
        name: of the file.
        endings: in place of its own.
    """
    if endings is None:
        match = _ENDINGS.fullmatch(name)
        assert match is not None
        endings = match["endings"]
        is_clean = endings or "." not in name
        endings = endings.removesuffix(".dvc") if is_clean else ""
        if not is_clean or match["endings"].endswith(".dvc"):
            endings += ".txt"  # as without an ending, the format is seen by the content
    return f"{stem_of(name) or 'sentences'}{endings}"


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name that no file of a split may have, and that is not taken.

    >>> free_name("notes.csv", []), free_name("train.csv", []), free_name("notes.csv", ["notes.csv", "sentences.csv"])
    ('notes.csv', 'sentences.csv', 'sentences-2.csv')
    """
    endings = "".join(PurePosixPath(name).suffixes)
    names = [name, f"sentences{endings}", *(f"sentences-{count}{endings}" for count in range(2, len(taken) + 3))]
    return next(free for free in names if free not in taken and not readers.is_named_as_a_split(free))
