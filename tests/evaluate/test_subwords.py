"""The student's tokenizer is BERT's, and counts subwords as transformers does."""

import re
from pathlib import Path

import pytest
from tests.conll import conll_2003
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer

from tinyner.errors import UserError
from tinyner.evaluate.subwords import count_subwords, load_tokenizer

TYPES = ["LOC", "MISC", "ORG", "PER"]


@pytest.fixture(scope="module")
def tokenizer(student: Path) -> Tokenizer:
    return load_tokenizer(student)


def test_the_students_vocabulary_is_that_of_bert_base_uncased(student: Path, tokenizer: Tokenizer) -> None:
    """Its size, some ids and its lower case; the paper's supports confirm it for the whole text."""
    vocabulary = (student / "vocab.txt").read_text().splitlines()
    assert len(vocabulary) == tokenizer.get_vocab_size() == 30522
    assert tokenizer.get_vocab() == {piece: index for index, piece in enumerate(vocabulary)}
    # From BERT's own files and papers: [CLS] 101, [SEP] 102, [MASK] 103, hello 7592, world 2088.
    assert [vocabulary[index] for index in (0, 100, 101, 102, 103, 7592, 2088)] == [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world",
    ]  # fmt: skip
    assert tokenizer.encode("Zürich LADKI", add_special_tokens=False).tokens == ["zurich", "lad", "##ki"]


def test_the_file_splits_as_transformers_does(student: Path, tokenizer: Tokenizer) -> None:
    reference = AutoTokenizer.from_pretrained(student)
    words = [row["words"] for row in conll_2003("test")[:500]]
    batch = reference(words, is_split_into_words=True, add_special_tokens=False)
    counts = [[batch.word_ids(row).count(word) for word in range(len(sentence))] for row, sentence in enumerate(words)]
    assert count_subwords(words, tokenizer) == counts


def test_a_student_of_bytes_needs_no_wordpieces(tmp_path: Path) -> None:
    """A byte-level vocabulary without merges: a subword a byte, each word by itself."""
    alphabet = {piece: index for index, piece in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=9)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert count_subwords([["Ann", "é"], ["x"]], load_tokenizer(tmp_path)) == [[3, 2], [1]]


def test_a_student_with_a_vocabulary_only(student: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    for name in ("config.json", "vocab.txt"):
        (tmp_path / name).write_bytes((student / name).read_bytes())
    words = [["Nadim", "Ladki", "AL-AIN", "1996-12-06"]]
    assert count_subwords(words, load_tokenizer(tmp_path)) == count_subwords(words, tokenizer)


def test_a_student_without_a_tokenizer_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"{re.escape(str(tmp_path))}: no fast tokenizer .*run `dvc repro prepare`"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(UserError, match="no fast tokenizer"):
        load_tokenizer(tmp_path)
