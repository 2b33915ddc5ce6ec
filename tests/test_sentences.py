"""Where sentences end, by kinds of ends; what sentencex can't read does no harm."""

# ruff: noqa: RUF001, the signs are what is tested

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.sentences import WHITE, is_abbreviation, sentence_places

CASES = {
    "plain": [
        ["He left.", "She came!", "Why?", "So."],
        ["Mr. Smith of Acme Corp. met Dr. May in St. Louis, D.C., on Sept. 5.", "It rained."],
        ["He joined the U.S. Army.", "He left the U.S.", "The army stayed."],
    ],
    "an abbreviation that sentencex does not have": [
        ["He visited Ft. Worth at 3 p.m. Eastern time with Ms. May."],
        ["It is 3 a.m.", "The town sleeps."],
    ],
    "in the middle of a word": [["The Russian-U.S. ties, then-U.S. Trade, 0#NKEL.RUO and J.R.R. Tolkien."]],
    "the number of a list's item": [["1. Jesper Ronnback (Sweden) 25.76"], ["He won in 1990.", "So?"]],
    "in quotation marks and brackets": [
        ['"I like Rome.', 'It is warm," he said.'],
        ["“Il vient.", "Elle part.”", "Bien."],
        ["(He left.", "She stayed.)"],
        ['"Is it?" he asked.'],
    ],
    "other stops": [["कमला है।", "वह गई।"], ["Он дома.", "Она нет."], ["هل جاء؟", "نعم."], ["ذهب.", "هو هنا!"]],
    "German": [
        ["Am 24. Dezember kam er.", "Es schneite im 19. Jahrhundert.", "Sie war 24.", "Die Frau ging."],
        ["Das kostet 5 Mio. Euro, bzw. Geld.", "Vgl. Müller, Nr. 5."],
    ],
    "other languages": [
        ["А. С. Пушкин родился в г. Москве.", "Он жил там."],
        ["El profesor y la Sra. Ruiz no están.", "La casa es de ella."],
    ],
    "titles and initials in other scripts": [
        ["डॉ. शर्मा आए।", "एम. के. गांधी गए।"],
        ["قال د. أحمد نعم.", "ثم خرج."],
    ],
}
STUCK = {
    "He left Berlin.Paris was next.": ["He left Berlin.", "Paris was next."],
    "He left Berlin.NATO stayed.": ["He left Berlin.", "NATO stayed."],
    "It was 1990.Paris was hot.": ["It was 1990.", "Paris was hot."],
    "He left (Rome).Paris stayed.": ["He left (Rome).", "Paris stayed."],
    'He left "Rome."Paris stayed.': ['He left "Rome."', "Paris stayed."],
    "He left NATO.Paris stayed.": ["He left NATO.", "Paris stayed."],
    "Wow!Great?No": ["Wow!", "Great?", "No"],
    "東京。大阪！「京都。」奈良": ["東京。", "大阪！", "「京都。」", "奈良"],
    "彼は「行く。寝る。」と言った。「うん。」そう？": ["彼は「行く。", "寝る。」と言った。", "「うん。」", "そう？"],
    "Yahoo！の人。ところで、寝る！": ["Yahoo！の人。", "ところで、寝る！"],
    "東京です．３．５点です．Ｊ．Ｒ．": ["東京です．", "３．５点です．", "Ｊ．Ｒ．"],
    "राम आया।वह गया॥": ["राम आया।", "वह गया॥"],
    "他说：“我去。”然后走了。": ["他说：“我去。”", "然后走了。"],
    "U.S.A e.g.Paris v1.2 3.14 a.B": ["U.S.A e.g.Paris v1.2 3.14 a.B"],
    "Example.Com, java.util.List, Report.Pdf, http://a.de/B.Cd": [
        "Example.Com, java.util.List, Report.Pdf, http://a.de/B.Cd"
    ],
    "J.Smith and Dr.Smith": ["J.Smith and Dr.Smith"],
    "Rome\n\nParis": ["Rome", "Paris"],
    "A list:\n1. Rome\n2. Paris. He left.": ["A list:", "1. Rome", "2. Paris.", "He left."],
}


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_places(text)]


@pytest.mark.parametrize(
    "sentences",
    [pytest.param(sentences, id=f"{kind}: {sentences[0]}") for kind, rows in CASES.items() for sentences in rows],
)
def test_sentences_with_white_space_between(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences
    assert split("\u200b\n " + "\u2003".join(sentences) + " \t") == sentences


@pytest.mark.parametrize("text", STUCK)
def test_sentences_without_white_space_between(text: str) -> None:
    assert split(text) == STUCK[text]


@given(st.text(st.characters(exclude_categories=[])) | st.text("aB.!?\"'()[]“”。\x85\u2028\ud83d 1"))
def test_sentences_hold_all_but_the_white_space_between(text: str) -> None:
    places = sentence_places(text)
    between = [0, *(end for _, end in places)]
    assert all(not text[end:start].strip(WHITE) for end, (start, _) in zip(between, places, strict=False))
    assert not text[between[-1] :].strip(WHITE)
    assert all(text[start:end] == text[start:end].strip(WHITE) != "" for start, end in places)


def test_abbreviations() -> None:
    assert all(map(is_abbreviation, ("Fla", "Ft", "U.S", "J", "Corp", "É")))
    assert not any(map(is_abbreviation, ("Rome", "worldwide", "1990", "")))
