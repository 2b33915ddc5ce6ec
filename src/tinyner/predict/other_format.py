"""Tell by its first lines which other format a text file has: JSON, markup, CSV or CoNLL columns.

Each rule asks for what prose doesn't have in nearly all of its lines: columns of one number, parted by tabs; columns
with tags; fields of one number, parted by delimiters that no blank follows; a header; a tag in angle brackets that is
closed, has attributes or stands alone. A list of words or names, dialogues and chats are prose.
"""

import csv
import itertools
import re
from collections import Counter
from collections.abc import Sequence

CSV, CONLL, TABS = "CSV", "CoNLL columns", "columns parted by tabs (CSV or CoNLL)"
_NEARLY_ALL = 0.9  # of the rows
_LETTERS = 10_000  # of a line that are looked at
_TAG = re.compile(r"O|[BIESLUM][-_]\w.*|\w+[-_][BIESLUM]", re.IGNORECASE)
_SURE_TAG = re.compile(r"[BIESLUM]-[A-Z_]{2,}")
_TYPE = re.compile(r"O|[A-Z][A-Z_-]+")
_ANY_TYPE = re.compile(r"O|[A-Za-z][\w-]+")
_PART_OF_SPEECH = re.compile(r"[A-Z]{1,5}\$?|[^\w\s]{1,3}")
_TREE = re.compile(
    r"_|[^\s*]*\*\)*|\([A-Z_]+\)"
)  # what CoNLL-2012 has in its columns of trees and names, and CoNLL-U for nothing
_SLASHED = re.compile(r"\S+[/|_](?:O|[BIESLUM]-\w+)")
_BEGINS_JSON = re.compile(r"[\[{]\s*(?:\"[^\"]*\"\s*[:,].*)?")
_BEGINS_MARKUP = re.compile(r"<\?xml|<!DOCTYPE|<!--|<[a-z][\w:.-]*(?:\s+[\w:.-]+\s*=[^<>]*)/?>", re.IGNORECASE)
_MARKUP_TAG = re.compile(r"<[a-z][\w:.-]*\s*/?>", re.IGNORECASE)
_CLOSING = re.compile(r"</[a-z][\w:.-]*\s*>", re.IGNORECASE)
_TEXT_NAMES = r"texts?|sentences?|content|body|words?|tokens?"
_TEXT_COLUMN = re.compile(rf"(?:.*[\W_])?(?:{_TEXT_NAMES})(?:[\W_].*)?", re.IGNORECASE)
_TEXT_HEADER = re.compile(r"\"?(?:text|sentence)s?\"?", re.IGNORECASE)
_COLUMN = re.compile(r"\w[\w .-]{0,40}")
_GROUPED = re.compile(r".*\d")  # and three digits behind the comma: 1,000
_GROUP = re.compile(r"\d{3}(?!\d)")


def other_format(lines: Sequence[str]) -> str | None:
    """Return which format other than a text a line a file has by its first lines, None if none.

    Args:
        lines: the first ones, blank ones too, without what ends them.

    >>> other_format(["EU ORG", "rejects O"]), other_format(["<TEXT>"]), other_format(["1,Rome", "2,He left"])
    ('CoNLL columns', 'XML or HTML', 'CSV')
    >>> other_format(["Paris, Rome, Bonn", "Anna: Hello"])
    """
    lines = [line[:_LETTERS].strip() for line in lines]
    filled = [line for line in lines if line]
    if not filled:
        return None
    if _BEGINS_JSON.fullmatch(filled[0]) or filled[0].startswith(("[{", "[[")):
        return "JSON that is not JSON lines"
    if _is_markup(filled):
        return "XML or HTML"
    if _is_csv(filled):
        return CSV
    words = [word for line in filled for word in line.split()]
    if len(words) > 1 and all(map(_SLASHED.fullmatch, words)):
        return "CoNLL columns, but words with tags behind a slash (word/TAG)"
    if filled[0].startswith("-DOCSTART-") or _is_conll([line for line in lines if not line.startswith("#")]):
        return CONLL
    if _has_columns_by_tabs(filled):
        return TABS
    return None


def _is_markup(lines: Sequence[str]) -> bool:
    """Return whether a file begins with a tag; ``<anna> Hello`` of a chat is none, as nothing closes it."""
    if _BEGINS_MARKUP.match(lines[0]):
        return True
    if not _MARKUP_TAG.match(lines[0]):
        return False
    is_alone = not _CLOSING.sub("", _MARKUP_TAG.sub("", lines[0])).strip()
    return is_alone or len(_MARKUP_TAG.findall(lines[0])) > 1 or any(map(_CLOSING.search, lines))


def _is_csv(lines: Sequence[str]) -> bool:
    """Return whether the first line is a header, or nearly all lines have as many fields, with no blank before them."""
    if _TEXT_HEADER.fullmatch(lines[0]) and (len(lines) == 1 or any(" " in line for line in lines[1:])):
        return True
    for delimiter in ",;|\t":
        columns = [column.strip('"') for column in lines[0].split(delimiter)]
        is_header = (
            len(columns) > 1 and all(map(_COLUMN.fullmatch, columns)) and any(map(_TEXT_COLUMN.fullmatch, columns))
        )
        if is_header and all(delimiter in line for line in lines[1:2]):
            return True
    return any(_has_fields(lines, delimiter) for delimiter in ",;|")


def _has_fields(lines: Sequence[str], delimiter: str) -> bool:
    """Return whether nearly all rows have as many fields, one of which is a word, a number or a short name."""
    try:
        rows = list(csv.reader([f"{line}\n" for line in lines if "\r" not in line], delimiter=delimiter))
    except csv.Error:
        return False
    rows = _alike([row for row in rows if row])
    if any(_GROUPED.fullmatch(row[0]) and _GROUP.match(row[1]) and " " in delimiter.join(row) for row in rows):
        return False
    columns = list(zip(*rows, strict=True))
    is_spaced = any(field[:1].isspace() for row in rows for field in row[1:])
    return not is_spaced and any(all(" " not in field for field in column) for column in columns)


def _alike(rows: Sequence[list[str]]) -> list[list[str]]:
    """Return the rows of the most frequent number of fields; none where it is one, or some rows have another."""
    if not rows:
        return []
    width, count = Counter(map(len, rows)).most_common(1)[0]
    if width == 1 or count < 2 or count < _NEARLY_ALL * len(rows):
        return []
    return [row for row in rows if len(row) == width]


def _has_columns_by_tabs(lines: Sequence[str]) -> bool:
    return bool(_alike([line.split("\t") for line in lines]))


def _is_conll(lines: Sequence[str]) -> bool:
    """Return whether nearly all lines have as many columns, one of which can only be tags."""
    filled = [line for line in lines if line]
    if _has_trees(lines):
        return True
    rows = _alike([line.split("\t") if "\t" in line else line.split() for line in filled])
    if not rows:
        return False
    first, *others = zip(*rows, strict=True)
    is_list = len(set(first)) > 1  # not the same word again and again: Group O, Group AB
    if any(_are_tags(column, is_list) for column in others):
        return True
    if len(rows[0]) == 2 and any(map(_SURE_TAG.fullmatch, first)):
        return all(tag == "O" or _SURE_TAG.fullmatch(tag) for tag in first)
    is_parted = "" in lines[lines.index(filled[0]) : len(lines) - lines[::-1].index(filled[-1])]
    last = others[-1]
    return is_parted and len(rows) > 5 and 2 * len(set(last)) <= len(rows) and all(map(_PART_OF_SPEECH.fullmatch, last))


def _are_tags(column: Sequence[str], is_list: bool) -> bool:
    outside = sum(tag in "Oo" for tag in column)
    if outside == len(column):
        return outside > 4 or (is_list and set(column) == {"O"})
    if all(map(_SURE_TAG.fullmatch, column)) or (outside > 0 and all(map(_TAG.fullmatch, column))):
        return True
    if not is_list or "O" not in column:
        return False
    is_mostly_outside = len(column) > 3 and 2 * column.count("O") >= len(column)
    return all(map(_TYPE.fullmatch, column)) or (is_mostly_outside and all(map(_ANY_TYPE.fullmatch, column)))


def _has_trees(lines: Sequence[str]) -> bool:
    """Return whether each sentence has six columns or more, two of which show a tree or nothing, as in CoNLL-2012."""
    sentences = [list(rows) for is_filled, rows in itertools.groupby(lines, key=bool) if is_filled]
    if not sentences:
        return False
    for sentence in sentences:
        rows = [line.split() for line in sentence]
        if len(rows[0]) < 6 or len({len(row) for row in rows}) > 1:
            return False
        trees = [all(map(_TREE.fullmatch, column)) for column in list(zip(*rows, strict=True))[1:]]
        if sum(trees) < 2:
            return False
    return True
