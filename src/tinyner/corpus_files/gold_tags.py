"""Gold tags of a file, in any supported scheme and spelling, as IOB2 tags of the types of params.yaml."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tinyner.bio import Span, TagError, spans_to_tags, tags_to_spans, to_iob2
from tinyner.corpus_files.notes import Notes
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.corpus_files.scheme_types import DROPPED, SchemeTypes
from tinyner.corpus_files.tag_spelling import NO_POSITION, Part, Spelling, SpellingError, spelling_of
from tinyner.errors import UserError

_BRACKETS = "(T*"
"""The spelling whose tags mean something only beside each other."""

_MARK = "\0"
"""Before the name of a dropped type, until its entities are known."""


@dataclass(frozen=True)
class GoldTags:
    """Reads the tags and spans of one file."""

    file: str
    types: SchemeTypes
    notes: Notes

    def iob2(
        self, sentences: Iterable[RawSentence], tags: Collection[str]
    ) -> Iterator[tuple[RawSentence, list[str] | None]]:
        """Yield each sentence with its IOB2 tags, None for one that has neither tags nor spans.

        What is read otherwise than as it stands, and dropped entities, are noted.

        Args:
            sentences: can be iterated several times.
            tags: all that they have.

        Raises:
            UserError: if the tags are of no spelling, break their scheme, or have another type, naming the place.
        """
        spelling = self._spelling(sentences, tags)
        for sentence in sentences:
            if sentence.tags is not None:
                yield sentence, self._of_tags(sentence, sentence.tags, spelling)
            elif sentence.spans is not None:
                yield sentence, self._of_spans(sentence, sentence.spans)
            else:
                yield sentence, None

    def spans(self, sentences: Sequence[RawSentence]) -> Iterator[list[Span] | None]:
        """Yield the spans of each sentence, None for one without labels; spans of the file may overlap.

        Raises:
            UserError: as ``iob2``, but for overlaps.
        """
        spelling = self._spelling(sentences, {tag for sentence in sentences for tag in sentence.tags or ()})
        for sentence in sentences:
            if sentence.tags is not None:
                yield tags_to_spans(self._of_tags(sentence, sentence.tags, spelling))
            else:
                yield None if sentence.spans is None else self._in_scheme(sentence, sentence.spans)

    def _spelling(self, sentences: Iterable[RawSentence], tags: Collection[str]) -> Spelling:
        try:
            return spelling_of(set(tags), self.types)
        except SpellingError as error:
            place = next(
                sentence.place_of(sentence.tags.index(error.tag))
                for sentence in sentences
                if sentence.tags is not None and error.tag in sentence.tags
            )
            raise UserError(f"{place}: {error}") from None

    def _of_tags(self, sentence: RawSentence, tags: Sequence[str], spelling: Spelling) -> list[str]:
        parts = [spelling.parts[tag] for tag in tags]
        labels = [self._label(name) if position != "O" else "" for position, name in parts]
        try:
            if spelling.name == _BRACKETS:
                iob2 = _without_brackets(parts, labels)
            else:
                iob2 = to_iob2(
                    [
                        "O" if position == "O" else f"{position or 'I'}-{label}"
                        for (position, _), label in zip(parts, labels, strict=True)
                    ]
                )
        except TagError as error:
            raise UserError(f"{sentence.place_of(error.index)}: {error}") from None
        for index, tag in enumerate(tags):
            if tag != iob2[index]:
                for what in _differences(tag, parts[index], iob2[index], spelling.name):
                    self.notes.add(self.file, what, sentence.place_of(index))
        return ["O" if tag[2:].startswith(_MARK) else tag for tag in iob2]

    def _in_scheme(self, sentence: RawSentence, spans: Sequence[Span]) -> list[Span]:
        """Return spans under the scheme's names of their types, without those of dropped types."""
        kept: list[Span] = []
        for start, end, name in spans:
            label = self.types.find(name)
            if label is None:
                raise UserError(f"{sentence.where}: {self.types.unknown(name)}")
            if label == DROPPED:
                self.notes.add(self.file, f"entities of type {name} dropped", sentence.where)
                continue
            if label != name:
                self.notes.add(self.file, f"entities of type {name} read as {label}", sentence.where)
            kept.append((start, end, label))
        return kept

    def _of_spans(self, sentence: RawSentence, spans: Sequence[Span]) -> list[str]:
        kept = sorted(set(self._in_scheme(sentence, spans)))
        for (start, end, label), (later_start, later_end, later_label) in itertools.pairwise(kept):
            if later_start < end:
                text, later_text = (
                    sentence.text_of(first, last) for first, last in ((start, end), (later_start, later_end))
                )
                raise UserError(
                    f"{sentence.where}: {label} {text!r} and {later_label} {later_text!r} overlap, and a word has one "
                    "tag; keep one of them, or drop the type of one (prepare.drop_types)"
                )
        return spans_to_tags(kept, len(sentence.words))

    def _label(self, name: str) -> str:
        """Return the type of a name in a tag; of a dropped one the name itself, marked."""
        label = self.types.find(name)
        assert label is not None  # or its spelling would not fit
        return f"{_MARK}{name}" if label == DROPPED else label


def _without_brackets(parts: Sequence[Part], labels: Sequence[str]) -> list[str]:
    """Return IOB2 tags of CoNLL-2012's brackets.

    >>> _without_brackets([("B", "PER"), ("O", "*"), ("O", "*)"), ("O", "*")], ["PER", "", "", ""])
    ['B-PER', 'I-PER', 'I-PER', 'O']

    Raises:
        TagError: where a bracket is opened in another, or never opened or closed.
    """
    tags: list[str] = []
    open_label = ""
    for index, ((position, sign), label) in enumerate(zip(parts, labels, strict=True)):
        if position != "O" and open_label:
            raise TagError(index, f"an entity of type {label} begins inside another; entities can't be nested")
        if position != "O":
            tags.append(f"B-{label}")
            open_label = label if position == "B" else ""
            continue
        if sign == "*)" and not open_label:
            raise TagError(index, "'*)' ends an entity that never began")
        tags.append(f"I-{open_label}" if open_label else "O")
        if sign == "*)":
            open_label = ""
    if open_label:
        raise TagError(len(tags) - 1, f"the entity of type {open_label} is not closed by '*)'")
    return tags


def _differences(tag: str, part: Part, iob2: str, spelling: str) -> Iterator[str]:
    """Yield in which respects a tag is not the IOB2 tag that it is read as, each a phrase for a note."""
    position, name = part
    label = iob2[2:]
    if iob2 == "O":
        if tag != "*":
            yield f"tags {tag!r} read as O"
        return
    if label.startswith(_MARK):
        if iob2[0] == "B":
            yield f"entities of type {name} dropped"
        return
    if position == NO_POSITION:
        yield "tags without B- and I-, whose neighbours of one type are read as an entity"
    elif spelling != "B-T":
        yield f"tags written {spelling.replace('T', 'TYPE')} read as B-TYPE"
    elif not tag[0].isupper():
        yield "tags in lower case read as in capitals"
    if position not in (NO_POSITION, iob2[0]) and spelling != _BRACKETS:
        yield f"tags {position}- read as {iob2[0]}-"
    lower = spelling == "B-T" and not tag[0].isupper() and name.upper() == label
    if position != "O" and name != label and not lower:
        yield f"tags of type {name} read as {label}"
