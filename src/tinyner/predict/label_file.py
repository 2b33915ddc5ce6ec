"""Label a file: texts in, JSON lines with entities out, a block of texts in memory at a time."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.files import line_of, output
from tinyner.predict.tagger import Tagger
from tinyner.predict.texts import Text, read_texts

BLOCK = 4096  # texts in memory at a time,
BLOCK_WORDS = 200_000  # or fewer, once they have so many words


def label_file(path: Path, model: Path, target: Path | None, int8: bool = False, threads: int | None = None) -> None:
    """Label the texts of ``path``, and write a row each to ``target`` (whole or not at all) or to standard output.

    Raises:
        UserError: where the file, the model or the target can't be used.
    """
    if path.is_dir() or not path.exists():
        raise UserError(f"{path}: no such file; expected plain text or .jsonl")
    rows = labelled(read_texts(path), Tagger(model, int8, threads))
    if target is None:
        sys.stdout.buffer.writelines(map(line_of, rows))
        return
    with output(target) as file:
        file.writelines(map(line_of, rows))


def labelled(texts: Iterable[Text], tagger: Tagger) -> Iterator[dict[str, Any]]:
    """Yield a row a text: the row it came in, ``text``, and ``spans`` with start and end in characters, label, text."""
    for block in _blocks(texts):
        tags_by_text = tagger.tags([text.words() for text in block])
        for text, tags in zip(block, tags_by_text, strict=True):
            spans = []
            for begin, end, label in tags_to_spans(tags):
                start, stop = text.places[begin][0], text.places[end - 1][1]
                spans.append({"start": start, "end": stop, "label": label, "text": text.text[start:stop]})
            yield {**text.row, "text": text.text, "spans": spans}


def _blocks(texts: Iterable[Text]) -> Iterator[list[Text]]:
    block: list[Text] = []
    words = 0
    for text in texts:
        block.append(text)
        words += len(text.places)
        if len(block) == BLOCK or words >= BLOCK_WORDS:
            yield block
            block, words = [], 0
    if block:
        yield block
