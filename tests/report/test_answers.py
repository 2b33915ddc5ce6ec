"""A student's answers in the text: every word stands there once, every outcome is named, and the choice is by lot."""

import html
import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from tinyner.bio import Span
from tinyner.report.answers import Answer, drawing, drawn_by_lot, places, worst
from tinyner.rows import Sentence, text_of

LABELS = re.compile(r"<b> .*?</b>")

WORDS = st.lists(st.sampled_from(["Ann", "<b>", "&amp;", "said", "林", '"x"']), min_size=1, max_size=9)


@st.composite
def spans(draw: st.DrawFn, length: int) -> list[Span]:
    """Return spans that do not overlap, as tags can hold them."""
    drawn_spans: list[Span] = []
    position = 0
    while position < length and draw(st.booleans()):
        start = draw(st.integers(position, length - 1))
        end = draw(st.integers(start + 1, length))
        drawn_spans.append((start, end, draw(st.sampled_from(["PER", "LOC"]))))
        position = end
    return drawn_spans


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    words = draw(WORDS)
    row: Sentence = {"id": draw(st.sampled_from([f"t{number}" for number in range(50)])), "words": words}
    if draw(st.booleans()):
        row["text"] = "".join(words)  # a script without white space
    return Answer(row, draw(spans(len(words))), draw(spans(len(words))), draw(st.booleans()))


@given(answers())
def test_the_text_is_the_sentence_and_all_of_it_is_escaped(answer: Answer) -> None:
    drawn = str(drawing([answer]))
    (paragraph,) = re.findall("<p>(.*?)</p>", drawn)
    assert html.unescape(re.sub("<[^>]*>", "", LABELS.sub("", paragraph))) == text_of(answer.sentence)
    assert len(re.findall("<b>", paragraph)) == len(places(answer))


@given(answers())
def test_places_hold_every_span_once_and_never_touch_each_other(answer: Answer) -> None:
    merged = places(answer)
    assert [span for place in merged for span in place.gold] == sorted(answer.gold)
    assert [span for place in merged for span in place.predicted] == sorted(answer.predicted)
    assert all(before.end <= after.start for before, after in itertools.pairwise(merged))
    assert all(place.outcome == "right" for place in merged) == (answer.errors == 0)
    for place in merged:
        assert place.start == min(start for start, _, _ in [*place.gold, *place.predicted])
        assert place.end == max(end for _, end, _ in [*place.gold, *place.predicted])


def made(count: int, wrong: int) -> list[Answer]:
    """Sentences of which the first ``wrong`` have a missed entity."""
    rows: list[Sentence] = [{"id": f"t{number}", "words": ["Ann", "left"]} for number in range(count)]
    person: list[Span] = [(0, 1, "PER")]
    return [Answer(row, person, [] if number < wrong else person, False) for number, row in enumerate(rows)]


@given(st.permutations(range(20)), st.integers(0, 20))
def test_the_lot_has_right_and_wrong_ones_whatever_their_order(order: list[int], wrong: int) -> None:
    rows = made(20, wrong)
    chosen = drawn_by_lot(rows)
    assert drawn_by_lot([rows[place] for place in order]) == chosen
    assert sum(row.errors > 0 for row in chosen) == min(wrong, 5)
    assert sum(row.errors == 0 for row in chosen) == min(20 - wrong, 5)


def test_sentences_without_an_entity_and_long_ones_are_not_drawn() -> None:
    empty = Answer({"id": "a", "words": ["no"]}, [], [], False)
    long = Answer({"id": "b", "words": ["Ann"] * 41}, [(0, 1, "PER")], [], False)
    assert drawn_by_lot([empty, long]) == []


def test_the_worst_come_first() -> None:
    two = Answer({"id": "z", "words": ["Ann", "left"]}, [(0, 1, "PER")], [(0, 2, "LOC")], False)
    assert [row.sentence["id"] for row in worst([*made(3, 2), two], 2)] == ["z", "t0"]


def test_outcomes_are_told_apart_by_words_and_by_the_teacher_for_what_it_is() -> None:
    words = ["Bank", "of", "England", "and", "Ann", "in", "Rome"]
    gold: list[Span] = [(0, 3, "ORG"), (6, 7, "LOC")]
    predicted: list[Span] = [(0, 1, "ORG"), (4, 5, "PER"), (6, 7, "LOC")]
    row: Sentence = {"id": "a", "words": words}
    labels = [label[4:-4] for label in LABELS.findall(str(drawing([Answer(row, gold, predicted, False)])))]
    assert labels == ["✗ ORG “Bank”, gold: ORG", "✗ PER, gold: none", "LOC ✓"]
    by_teacher = str(drawing([Answer(row, gold, [], True)]))
    assert "gold" not in by_teacher
    assert "✗ missed ORG" in by_teacher
    unjudged = str(drawing([Answer(row, [], predicted, True, is_judged=False, scores={(4, 5, "PER"): 0.25})]))
    assert "✗" not in unjudged
    assert "PER 0.25" in unjudged
