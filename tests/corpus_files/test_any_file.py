"""Whatever a file holds, it is read by the rules of rows or refused in one line, without any other exception."""

import contextlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyner.bio import to_iob2
from tinyner.corpus_files import user_files
from tinyner.errors import UserError
from tinyner.rows import Sentence

from .files import reading, write
from .test_file_kinds import READ, REFUSED, SENTENCES
from .test_labelled_row import READ as ROWS

FILES = [
    *((name, content) for name, content, _ in (*READ.values(), *SENTENCES.values(), *REFUSED.values())),
    *(("mine.jsonl", json.dumps(row)) for row in ROWS.values()),
]
ODD = [
    b"\xff",
    b"\0",
    b"\r",
    b"\n",
    b"\n\n",
    b"\t",
    b" ",
    b'"',
    b",",
    b";",
    b"{",
    b"]",
    b"\xef\xbb\xbf",
    b"\\ud83d",
    b"#",
    b"-1",
]
ENDINGS = ["", ".txt", ".csv", ".tsv", ".jsonl", ".json", ".conll", ".gz"]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file of some kind, in which some bytes are cut, doubled, swapped or replaced, perhaps under another name."""
    name, content = draw(st.sampled_from(FILES))
    data = content if isinstance(content, bytes) else content.encode()
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 12)))
        change = draw(st.sampled_from(["cut", "double", "reverse", "odd", "end"]))
        part = data[start:end]
        part = {"cut": b"", "double": part * 2, "reverse": part[::-1], "odd": draw(st.sampled_from(ODD)), "end": b""}[
            change
        ]
        data = data[:start] + part + (b"" if change == "end" else data[end:])
    if draw(st.booleans()):
        name = f"a{draw(st.sampled_from(ENDINGS))}"
    return name, data


def check(sentences: Sequence[Sentence], labelled: bool) -> None:
    assert sentences
    assert len({row["id"] for row in sentences}) == len(sentences)
    for row in sentences:
        assert row["words"]
        assert all(row["words"])
        json.dumps(row, ensure_ascii=False).encode()
        if labelled or "tags" in row:
            assert len(row["tags"]) == len(row["words"])
            assert to_iob2(row["tags"]) == row["tags"]
            assert {tag[2:] for tag in row["tags"]} <= {"", "PER", "LOC"}


@pytest.mark.slow
@given(mutated(), st.booleans(), st.sampled_from(["refuse", "snap"]))
@settings(max_examples=300)
def test_any_file_is_read_by_the_rules_or_refused_in_a_line(
    file: tuple[str, bytes], split_texts: bool, span_edges: str
) -> None:
    name, data = file
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), name, data)
        with contextlib.suppress(UserError):
            check(user_files.read_labelled(path, name, "test", reading(split_texts=split_texts)), labelled=True)
        used = reading(split_texts=split_texts, span_edges=span_edges, tag_names=["O", "B-PER", "I-PER"])
        with contextlib.suppress(UserError):
            check(user_files.read(path, name, "own", used), labelled=False)
        list(used.notes.lines())
