"""Sentences in CoNLL columns.

2 to 4 columns parted by white space, the word first and the tag last, the same number on every
line; a blank line ends a sentence, and so does the file's end. Lines of -DOCSTART- are no sentences
and are not counted.
"""

from collections.abc import Collection, Iterable

from tinyner.errors import UserError
from tinyner.prepare.labels import checked
from tinyner.rows import Sentence


def parse(lines: Iterable[str], name: str, split: str, types: Collection[str]) -> list[Sentence]:
    """Sentences with ids ``conll-{split}-{index:05d}`` and IOB2 tags; ``name`` is the file's, for messages.

    Raises:
        UserError: ``name:line`` and what was expected there.
    """
    sentences: list[Sentence] = []
    block: list[list[str]] = []  # the lines of the sentence being read, as fields
    columns = first = number = 0

    def end() -> None:
        if block:
            start = number - len(block)  # line of the first word
            tags = checked([fields[-1] for fields in block], types, lambda index: f"{name}:{start + index}")
            sentence_id = f"conll-{split}-{len(sentences):05d}"
            sentences.append({"id": sentence_id, "words": [fields[0] for fields in block], "tags": tags})
            block.clear()

    for number, line in enumerate(lines, 1):
        # Tabs part the columns where there are any; no other white space than blanks does where there are none.
        fields = [field.strip(" \r") for field in line.rstrip("\r\t ").split("\t" if "\t" in line else " ")]
        fields = [field for field in fields if field]
        if not fields or fields[0].startswith("-DOCSTART-"):
            end()
            continue
        if not columns:
            columns, first = len(fields), number
        if not 2 <= columns <= 4:
            raise UserError(f"{name}:{number}: expected 2 to 4 columns, word to tag, found {columns}: {line[:40]!r}")
        if len(fields) != columns:
            raise UserError(
                f"{name}:{number}: expected {columns} columns as on line {first}, found {len(fields)}: {line[:40]!r}"
            )
        if any(character.isspace() for field in fields for character in field):
            raise UserError(f"{name}:{number}: expected columns without white space in them: {line[:40]!r}")
        block.append(fields)
    number += 1
    end()
    if not sentences:
        raise UserError(f"{name}: expected sentences in CoNLL columns, found none")
    return sentences
