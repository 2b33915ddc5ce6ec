"""CoNLL columns: a line a word, also for words that can't be seen; what columns can't hold is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given, strategies

from tests.predict.made import made
from tinyner.corpus_files.columns import read
from tinyner.corpus_files.reading import Reading
from tinyner.errors import UserError
from tinyner.predict.labelling import Counts, Labelled
from tinyner.predict.source import Source
from tinyner.predict.text import text_of_words
from tinyner.predict.texts import read_texts
from tinyner.predict.write_conll import Conll


def written(*texts: Labelled) -> str:
    return Conll().block(texts, Counts()).decode()


def test_a_line_a_word_and_a_blank_line_behind_each_sentence() -> None:
    text = made("Angela Merkel left. Rome fell.", ("Angela Merkel", "PER", 0.99812), ("Rome", "LOC"))
    assert written(text) == (
        "Angela\t0.9981\tB-PER\nMerkel\t_\tI-PER\nleft\t_\tO\n.\t_\tO\n\nRome\t_\tB-LOC\nfell\t_\tO\n.\t_\tO\n\n"
    )


def test_neighbours_begin_anew() -> None:
    assert written(made("Rome Paris", ("Rome", "LOC"), ("Paris", "LOC"))) == "Rome\t_\tB-LOC\nParis\t_\tB-LOC\n\n"


def test_a_type_with_blanks_is_one_column() -> None:
    assert written(made("Rome", ("Rome", "WORK OF ART"))) == "Rome\t_\tB-WORK_OF_ART\n\n"


def test_words_that_can_not_be_seen_keep_their_lines() -> None:
    words = ["Angela", "\u200e", "Merkel", "\u200e", "left"]
    text = text_of_words(words, 1, {})
    labelled = made(text.text, ("Angela \u200e Merkel", "PER"))
    labelled = Labelled(text, text.sentences(), labelled.entities)
    tags = [line.split("\t")[2] for line in written(labelled).split("\n") if line]
    assert tags == ["B-PER", "I-PER", "I-PER", "O", "O"]


@pytest.mark.parametrize("word", ["New York", "", "a\nb", "a\u2028b"])
def test_words_that_columns_can_not_hold_are_refused(word: str) -> None:
    text = text_of_words(["Rome", word], 7, {})
    with pytest.raises(UserError, match=r"line 7 has the word .* which columns can't hold; write jsonl"):
        written(Labelled(text, text.sentences(), []))


@given(strategies.text(max_size=40))
def test_every_text_comes_back_word_for_word(text: str) -> None:
    labelled = made(text)
    words = [text[start:end] for places in labelled.sentences for start, end in places]
    lines = [line.split("\t")[0] for line in written(labelled).split("\n") if line]
    assert len(lines) == len(words)
    if not any("\ud800" <= sign <= "\udfff" for sign in text):
        assert lines == words


def test_stage_prepare_and_predict_read_what_is_written(tmp_path: Path) -> None:
    rows = written(
        made("Angela Merkel left. Rome fell.", ("Angela Merkel", "PER", 0.9), ("Rome", "LOC", 0.8)),
        made("No one left."),
    )
    sentences = read(rows.split("\n"), "out.conll", Reading.of_types(["PER", "LOC"]))
    assert [(row.words, row.tags) for row in sentences] == [
        (["Angela", "Merkel", "left", "."], ["B-PER", "I-PER", "O", "O"]),
        (["Rome", "fell", "."], ["B-LOC", "O", "O"]),
        (["No", "one", "left", "."], ["O"] * 4),
    ]
    (tmp_path / "out.conll").write_text(rows)
    texts = list(read_texts(Source(tmp_path / "out.conll")))
    assert [text.row["words"] for text in texts] == [row.words for row in sentences]
    assert json.dumps([text.line for text in texts]) == "[1, 6, 10]"
