"""Texts of scripts without white space stay as they are written, from files to prompts and back."""

# ruff: noqa: RUF001, the signs are what is tested

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.align.mention_matching import find_mention
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.annotate.templates import shot_of
from tinyner.clean.asked_sentence import AskedSentence
from tinyner.corpus_files import user_files, written_text
from tinyner.corpus_files.reading import Reading
from tinyner.files import load, write_rows
from tinyner.params import Align
from tinyner.prompts import Prompt
from tinyner.rows import Sentence, places_of, text_of, text_of_words
from tinyner.words import WHITE, word_places, words_of

ALIGN = Align(ignore_case=True, snap="punctuation", max_gap=3, ambiguous="first", min_agreement=0.5)
TEXTS = {
    "Japanese": ("ＪＲ東日本のアンナ・シュミットさんが東京に。", "アンナ・シュミット"),
    "Chinese": ("李小龙（Bruce Lee）在香港出生。", "李小龙"),
    "Korean": ("김철수는 서울에 iPhone을 샀다.", "김철수"),
    "Thai": ("กรุงเทพฯ เป็นเมืองหลวงของประเทศไทย", "ประเทศไทย"),
    "Burmese": ("ရန်ကုန်မြို့ ၂၀၂၀", "ရန်ကုန်"),
    "mixed": ("He met 李小龙 in Hong Kong.", "李小龙"),
}
WITH_SPACES = ["Anna traf Jürgen.", "राम दिल्ली गए।", "ذهب محمد إلى القاهرة.", "הוא גר בתל אביב.", "Он в Москве."]
SCRIPTS = "ab Ä é 東京 カー ひ 김 ไท ေ क्ष ا ״\"。、（） .,'\u0301\u200d\u3099"


def reading(split_texts: bool = False) -> Reading:
    return replace(Reading.of_types(["PER"]), split_texts=split_texts)


def read(path: Path, split_texts: bool = False) -> list[Sentence]:
    return list(user_files.read(path, path.name, "own", reading(split_texts)))


@pytest.mark.parametrize("language", list(TEXTS))
def test_the_llm_is_shown_the_text_and_its_mentions_are_found_in_it(language: str, tmp_path: Path) -> None:
    text, name = TEXTS[language]
    start = text.index(name)
    row = {"text": f" {text}\n", "label": [[start + 1, start + 1 + len(name), "PER"]]}
    (tmp_path / "mine.jsonl").write_text(json.dumps(row))
    (sentence,) = read(tmp_path / "mine.jsonl")
    assert sentence["text"] == text_of(sentence) == text
    assert Prompt("Text: {sentence}").fill(sentence) == f"Text: {text}"
    assert shot_of(sentence, {"PER": []}).entities == {"PER": [name]}
    asked = AskedSentence(sentence["words"], text)
    assert asked.has_words(name)
    assert asked.words_at(start, start + len(name)) == name
    match = find_mention(name, SearchedSentence(sentence["words"], text), ALIGN)
    assert match is not None
    assert match.kind == "exact"
    assert [text_of_words(sentence, *place) for place in match.places] == [name]
    write_rows(tmp_path / "again.jsonl", [sentence])
    assert read(tmp_path / "again.jsonl") == load(tmp_path / "again.jsonl") == [sentence]


@pytest.mark.parametrize("text", WITH_SPACES)
def test_other_scripts_have_words_with_spaces(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(f"{text}\n{text}\n")
    sentences = read(tmp_path / "mine.txt")
    assert all("text" not in sentence for sentence in sentences)
    assert text_of(sentences[0]) == " ".join(words_of(text))


def test_each_sentence_of_a_text_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("東京へ行く。\u3000大阪 に 寄る！京都。\n")
    assert [sentence["text"] for sentence in read(tmp_path / "mine.txt", split_texts=True)] == [
        "東京へ行く。",
        "大阪 に 寄る！",
        "京都。",
    ]


def test_words_of_a_file_without_a_text_stand_together(tmp_path: Path) -> None:
    """A character a line, as Chinese corpora have it; or words as a Japanese tokenizer has them."""
    (tmp_path / "train.txt").write_text("李 B-PER\n小 I-PER\n龙 I-PER\n在 O\n香港 O\n。 O\n")
    (sentence,) = read(tmp_path / "train.txt")
    assert sentence["text"] == "李小龙在香港。"
    assert sentence["words"] == ["李", "小", "龙", "在", "香港", "。"]


def test_a_text_with_other_words_is_left_out(tmp_path: Path) -> None:
    row = {"text": "京都へ", "words": ["東", "京", "へ"], "tags": ["O", "O", "O"]}
    write_rows(tmp_path / "train.jsonl", [{**row, "tags": ["B-PER", "I-PER", "O"]}])
    assert read(tmp_path / "train.jsonl")[0]["text"] == "東京へ"


@given(st.text(SCRIPTS))
def test_a_text_has_nothing_but_its_words(text: str) -> None:
    places = word_places(text)
    words = [text[start:end] for start, end in places]
    written = written_text.of_places(text, places)
    assert written == written_text.of_text(text, words)
    for joined in (written, written_text.of_words(words)):
        if joined is not None:
            assert [joined[start:end] for start, end in places_of(words, joined)] == words
            assert "".join(joined.split()) == "".join("".join(words).split())
            assert written_text.of_text(joined, words) == joined
    if written is not None:
        assert written.split() == text.strip(WHITE).replace("\u200b", " ").split()
