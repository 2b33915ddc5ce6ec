"""Read sentences in CoNLL columns.

A line has 2 to 4 columns separated by white space, the word first and the tag last; all lines have the
same number of columns. A blank line or the end of the file ends a sentence. -DOCSTART- lines are skipped.
"""

from collections.abc import Collection, Iterable

from tinyner.errors import UserError
from tinyner.prepare.gold_tags import checked_iob2
from tinyner.rows import Sentence


def parse(lines: Iterable[str], name: str, split: str, types: Collection[str]) -> list[Sentence]:
    """Return sentences with ids ``conll-{split}-{index:05d}`` and IOB2 tags.

    Args:
        lines: of the file, without newlines.
        name: of the file, for messages.
        split: for the ids.
        types: the types that a tag may have.

    Raises:
        UserError: if a line is not as expected, naming file and line, or if there are no sentences.
    """
    sentences: list[Sentence] = []
    block: list[list[str]] = []  # the lines of the sentence being read, as fields
    columns = first = number = 0

    def end() -> None:
        if block:
            start = number - len(block)  # line of the first word
            tags = checked_iob2([fields[-1] for fields in block], types, lambda index: f"{name}:{start + index}")
            sentence_id = f"conll-{split}-{len(sentences):05d}"
            sentences.append({"id": sentence_id, "words": [fields[0] for fields in block], "tags": tags})
            block.clear()

    for number, line in enumerate(lines, 1):
        # Tabs separate the columns of a line that has any, else blanks; other white space separates nothing.
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
