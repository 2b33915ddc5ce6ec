"""Find the sentences that the rows of a file of labels belong to.

A row belongs to sentences of its text, whatever the white space in it. Several sentences may have the same text: then
a row belongs to the one of its id, and to no other; else, if it has none of their ids, to the one whose id ends in the
row's number in its file, as the ids that stage prepare gives do; and to all that no other row belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tinyner.annotate.file_labels import SentenceKey
from tinyner.annotate.label_spans import squeezed_spans
from tinyner.annotate.requests import Corpora
from tinyner.bio import Span
from tinyner.corpus_files.notes import Notes
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.errors import UserError
from tinyner.rows import squeezed


@dataclass(frozen=True)
class Row:
    """A row of a file with labels; ``number`` counts the rows of all files of the annotator, from 0."""

    number: int
    file: str
    raw: RawSentence

    @property
    def spans(self) -> list[Span]:
        """Its spans of words."""
        assert self.raw.spans is not None
        return self.raw.spans

    @property
    def labels(self) -> frozenset[Span]:
        """Its spans as ranges of the characters of its text without white space."""
        return frozenset(squeezed_spans(self.raw.words, self.spans))


@dataclass
class Matches:
    """The row of each sentence that has one, and the rows that no sentence has, in the order of the files.

    Those have another text, or are ``repeating``: all sentences of their text have a row.
    """

    rows: dict[SentenceKey, Row] = field(default_factory=dict)
    of_no_sentence: list[Row] = field(default_factory=list)
    repeating: list[Row] = field(default_factory=list)


def match_rows(rows: Sequence[Row], corpora: Corpora, notes: Notes) -> Matches:
    """Return which row each sentence has.

    Raises:
        UserError: where rows of the same text have different labels, and it can't be known which sentence has which.
    """
    keys_by_text: dict[str, list[SentenceKey]] = {}
    for corpus, sentences in corpora.items():
        for sentence in sentences:
            keys_by_text.setdefault(squeezed(sentence["words"]), []).append((corpus, sentence["id"]))
    rows_by_text: dict[str, list[Row]] = {}
    for row in rows:
        rows_by_text.setdefault(squeezed(row.raw.words), []).append(row)
    matches = Matches()
    for text, text_rows in rows_by_text.items():
        if text in keys_by_text:
            _match_text(text_rows, keys_by_text[text], matches, notes)
        else:
            matches.of_no_sentence += text_rows
    for left_out in (matches.of_no_sentence, matches.repeating):
        left_out.sort(key=lambda row: row.number)
    return matches


def _match_text(rows: Sequence[Row], keys: Sequence[SentenceKey], matches: Matches, notes: Notes) -> None:
    """Match rows to sentences that all have the same text."""
    chosen, others = _by_id(rows, keys, matches)
    without_id = others
    others = _by_number(others, keys, chosen)
    free = [key for key in keys if key not in chosen]
    if not free:
        matches.repeating += others
    elif others and _are_alike(others):
        chosen |= dict.fromkeys(free, others[0]) | dict(zip(free, others, strict=False))
        matches.repeating += others[len(free) :]
    elif others and len(others) == len(free):
        chosen |= zip(sorted(free), others, strict=True)
        what = "rows of a text that several sentences have, with different labels, matched in the order of the ids"
        notes.add(others[0].file, what, others[0].raw.where, len(others))
    elif others:
        first, second = _different(others)
        several = f"which of its {len(free)} sentences has which" if len(free) > 1 else "which of them counts"
        raise UserError(
            f"{second.raw.where}: the same text has other labels at {first.raw.where}, and {several} can't be known; "
            "give the rows the ids of their sentences, or each of several annotators an entry of its own, so they vote"
        )
    elif without_id and _are_alike(list(chosen.values())):
        chosen |= dict.fromkeys(free, without_id[0])
    matches.rows |= chosen


def _by_id(
    rows: Sequence[Row], keys: Sequence[SentenceKey], matches: Matches
) -> tuple[dict[SentenceKey, Row], list[Row]]:
    """Return the rows that have the id of a sentence, by sentence, and those that have none; ``matches`` gets repeats.

    Raises:
        UserError: if two of the same id differ.
    """
    chosen: dict[SentenceKey, Row] = {}
    others = []
    for row in rows:
        named = [key for key in keys if key[1] == row.raw.sentence_id]
        for key in named:
            first = chosen.setdefault(key, row)
            if first.labels != row.labels:
                raise UserError(
                    f"{row.raw.where}: sentence {key[1]} has other labels at {first.raw.where}; give each of several "
                    "annotators an entry of its own, so that they vote"
                )
        if not named:
            others.append(row)
        elif row not in chosen.values():
            matches.repeating.append(row)
    return chosen, others


def _by_number(rows: Sequence[Row], keys: Sequence[SentenceKey], chosen: dict[SentenceKey, Row]) -> list[Row]:
    """Add rows to ``chosen`` that have the number of a sentence, and return the others."""
    others = []
    for row in rows:
        numbered = [key for key in keys if key[1].endswith(f"-{row.number:05d}") and key not in chosen]
        chosen |= dict.fromkeys(numbered, row)
        if not numbered:
            others.append(row)
    return others


def _are_alike(rows: Sequence[Row]) -> bool:
    return len({row.labels for row in rows}) == 1


def _different(rows: Sequence[Row]) -> tuple[Row, Row]:
    """Return the first row, and the first one with other labels."""
    return rows[0], next(row for row in rows if row.labels != rows[0].labels)
