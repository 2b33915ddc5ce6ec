"""A large file is read by way of the disk, with the same sentences, notes and refusals as a small one in memory."""

import gzip
import resource
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus_files.files import reading
from tinyner.bio import Span
from tinyner.corpus_files import spool, user_files
from tinyner.corpus_files.file_text import read_lines
from tinyner.corpus_files.raw_sentence import RawSentence, spooled_sentences
from tinyner.corpus_files.spool import Picked, Spool, spooled
from tinyner.errors import UserError
from tinyner.prepare.ranking import ranked

FILES = {
    "rows.jsonl": '{"id": "a", "text": "Jan left Rome."}\n\n{"id": "b", "text": "Piet \\ud800"}\n',
    "text.jsonl": '{"text": "Jan left Rome."}\n{"text": "東京へ行く。"}\r\n {"text": "It rained."} \n',
    "other_id.jsonl": '{"note_id": 7, "text": "Jan left."}\n{"note_id": 8, "text": "It rained."}\n',
    "words.jsonl": '{"words": ["Jan", "left"], "tags": ["B-PER", "O"]}\n{"words": ["It"], "tags": ["O"]}\n',
    "spans.jsonl": '{"text": "Jan left.", "spans": [{"start": 0, "end": 3, "label": "PER"}], "cost_usd": 0.5}\n' * 2,
    "empty.jsonl": '{"text": "Jan left.", "spans": []}\n{"text": "It rained.", "spans": []}\n',
    "several_lines.jsonl": '{"text": "Jan left."}\n{"text":\n"It rained."} {"text": "So."}\n{"text": "He went."}\n',
    "list.json": '[{"text": "Jan left."},\n{"text": "It rained."}]\n',
    "broken.jsonl": '{"text": "Jan left."}\n{"text": "It rained."\n{"text": "So."}\n',
    "twice_a_key.jsonl": '{"text": "Jan left."}\n{"text": "It", "text": "rained."}\n',
    "twice_an_id.jsonl": '{"id": "a", "text": "Jan left."}\n{"id": "b", "text": "It."}\n{"id": "a", "text": "So."}\n',
    "plain.txt": "Jan left Rome .\n\nIt rained all day .\nHe was there .",
    "carriage.txt": "Jan left Rome .\rIt rained all day .\r",
    "single_words.txt": "Jan\nleft\nRome .\n",
    "columns.conll": "Jan B-PER\nleft O\n\nIt O\n",
    "table.csv": "id,text\n1,Jan left.\n2,It rained.\n",
    "marks.txt": "\ufeffJan left Rome .\n\ufeffIt rained all day .\n",
    "nul.txt": "Jan left Rome .\nIt\0rained .\n",
}


def outcome(path: Path) -> object:
    """What a file is read as: its sentences, and what is noted; or the line that refuses it."""
    used = reading()
    try:
        sentences: Sequence[object] = list(user_files.read(path, path.name, "own", used))
    except UserError as error:
        return str(error)
    return sentences, used.notes.rows()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_alike_in_memory_and_by_way_of_the_disk(
    name: str, packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    content = FILES[name].encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    in_memory = outcome(path)
    monkeypatch.setattr(spool, "LIMIT", 0)
    assert outcome(path) == in_memory
    if name != "nul.txt":
        assert isinstance(read_lines(path, name), Spool)


def test_ranks_are_the_same_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "plain.txt"
    path.write_text("".join(f"Sentence {number} of many .\n" for number in range(300)))
    in_memory = ranked(user_files.read(path, path.name, "own", reading()), 42)
    monkeypatch.setattr(spool, "LIMIT", 10)
    on_disk = ranked(user_files.read(path, path.name, "own", reading()), 42)
    assert isinstance(on_disk, Picked)
    assert list(on_disk) == in_memory
    assert list(on_disk[7:31]) == in_memory[7:31]


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line)), st.integers(0, 5))
def test_rows_come_back_in_their_order(rows: list[bytes], limit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "LIMIT", limit)
        result = spooled(rows, bytes, bytes)
    assert isinstance(result, list) == (len(rows) <= limit)
    assert list(result) == rows
    assert [result[index] for index in range(-len(rows), len(rows))] == rows + rows
    assert list(result[1:]) == rows[1:]
    with pytest.raises(IndexError):
        result[len(rows)]


WORDS = st.lists(st.text(max_size=3) | st.just("\ud800"), max_size=4)
SPANS = st.lists(st.tuples(st.integers(), st.integers(), st.text()), max_size=2)


@given(WORDS, st.none() | WORDS, st.none() | SPANS, st.none() | st.text(), st.none() | st.text())
def test_sentences_of_any_kind_come_back(
    words: list[str], tags: list[str] | None, spans: list[Span] | None, sentence_id: str | None, text: str | None
) -> None:
    sentence = RawSentence(words, "a:1", tags, spans, sentence_id, part=3, text=text)
    sentences = [sentence, replace(sentence, word_places=("a:1", "a:2")), replace(sentence, cost_usd=0.1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "LIMIT", 0)
        assert list(spooled_sentences(sentences)) == sentences


def test_a_folder_without_room_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "LIMIT", 1)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))
    try:
        with pytest.raises(UserError, match=r": a temporary file can't be written: File too large; set TMPDIR"):
            spooled([b"x" * 100] * 1000, bytes, bytes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("ending", ["jsonl", "txt"])
def test_memory_does_not_grow_with_the_sentences(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for a few bytes each: the places of rows on disk, and a digest of each id."""
    monkeypatch.setattr(spool, "LIMIT", 100)
    # The first time fills what is kept for good: modules, caches of words.
    peaks = [peak(tmp_path / f"{count}.{ending}", count) for count in (1500, 500, 1500)]
    assert (peaks[2] - peaks[1]) / 1000 < 250


def lines(ending: str, count: int) -> Iterator[str]:
    for number in range(count):
        text = f"Sentence {number} of many has some words more ."
        yield f'{{"id": "s{number}", "text": "{text}"}}\n' if ending == "jsonl" else f"{text}\n"


def peak(path: Path, count: int) -> int:
    """Return the peak of memory while a file is read and ranked."""
    path.write_text("".join(lines(path.suffix[1:], count)))
    read_lines(path, path.name)
    tracemalloc.start()
    try:
        assert sum(1 for _ in ranked(user_files.read(path, path.name, "own", reading()), 42)) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
