# ruff: noqa: RUF001 (the signs are the matter here)

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tinyner.align.flatten import OUTCOMES, AlignedReply, align_reply
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.bio import Span, spans_to_tags, tags_to_spans
from tinyner.params import Align
from tinyner.prompts import Prompt
from tinyner.rows import Mention

TYPES = ["LOC", "ORG", "PER"]
ALIGN_PARAMS = Align(ignore_case=True, snap="punctuation", max_gap=3, ambiguous="first", min_agreement=0.5)
PROMPT = Prompt('In Houston , Orlando Miller won .\nResult: {"LOC": ["Houston"]}\n{sentence}')


def run(text: str, *mentions: tuple[str, str], **changes: Any) -> AlignedReply:
    rows: list[Mention] = [{"type": label, "text": mention} for label, mention in mentions]
    return align_reply(SearchedSentence(text.split()), rows, TYPES, PROMPT, ALIGN_PARAMS.model_copy(update=changes))


def outcomes(aligned: AlignedReply) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    return [(row.outcome, row.places) for row in aligned.ledger]


# A sentence, the text of its only mention, the outcome and the places.
SINGLE = {
    "exact": ("Tony Blair left Paris .", "Tony Blair", "exact", ((0, 2),)),
    "white space of the tokenizer": ("Orlando Miller 's run", "Miller's", "whitespace_fixed", ((1, 3),)),
    "white space within": ("the St. Louis team", "St.  Louis", "exact", ((1, 3),)),
    "brackets that belong": ("the Party ( PKK ) said", "Party (PKK)", "whitespace_fixed", ((1, 5),)),
    "case": ("in PARIS today", "Paris", "case_fixed", ((1, 2),)),
    "case and white space": ("ST. LOUIS 'S team", "st. louis's", "case_fixed", ((0, 3),)),
    "a full stop too many": ("He left Paris .", "Paris.", "boundary_snapped", ((2, 3),)),
    "quotes too many": ("He left Paris .", '"Paris"', "boundary_snapped", ((2, 3),)),
    "an exclamation mark that belongs": ("He joined Yahoo ! today", "Yahoo!", "whitespace_fixed", ((2, 4),)),
    "glued to punctuation": ("said \u201cBlair today", "Blair", "boundary_snapped", ((1, 2),)),
    "glued, two words": ("the Great Repeal Bill\u201d was", "Great Repeal Bill", "boundary_snapped", ((1, 4),)),
    "part of a word": ("the Paris-based firm", "Paris", "not_in_sentence", ()),
    "letters within a word": ("Hopeful people", "Hope", "not_in_sentence", ()),
    "several places": ("Paris , oh Paris", "Paris", "repeated", ((0, 1), (3, 4))),
    "with an ellipsis": ("North and South Korea", "North ... Korea", "discontinuous", ((0, 1), (3, 4))),
    "with words between": ("North and South Korea", "North Korea", "discontinuous", ((0, 1), (3, 4))),
    "pieces that touch": ("the Bank and Trust of England", "Bank of England", "discontinuous", ((1, 2), (4, 6))),
    "too far apart": ("North a b c d Korea", "North Korea", "not_in_sentence", ()),
    "from the prompt": ("He left Paris .", "Orlando Miller", "copied_from_prompt", ()),
    "from nowhere": ("He left Paris .", "Berlin", "not_in_sentence", ()),
    "wrong order": ("Blair , Tony", "Tony Blair", "not_in_sentence", ()),
}


@pytest.mark.parametrize("name", SINGLE)
def test_one_mention(name: str) -> None:
    text, mention, outcome, places = SINGLE[name]
    aligned = run(text, ("LOC", mention))
    assert outcomes(aligned) == [(outcome, places)]
    tagged = [] if outcome == "discontinuous" else list(places)
    assert [(start, end) for start, end, _ in aligned.spans] == tagged


# A sentence, its mentions, and the words that are labelled.
NESTED_REPEATED_IN_PIECES = {
    "a piece shared by two": (
        "potassium and magnesium replacement",
        [("ORG", "potassium replacement"), ("ORG", "magnesium replacement")],
        [("ORG", "magnesium replacement")],
    ),
    "one text, two types": (
        "Japan Airlines grew .",
        [("PER", "Japan Airlines"), ("LOC", "Japan Airlines"), ("ORG", "Japan")],
        [("PER", "Japan Airlines")],
    ),
    "one text in other signs, two types": (
        "Ann O’Neill left .",
        [("PER", "O'Neill"), ("LOC", "“O’Neill”")],
        [("PER", "O’Neill")],
    ),
    "one text twice, in other signs": (
        "Ann O’Neill left .",
        [("PER", "O'Neill"), ("PER", "O’Neill")],
        [("PER", "O’Neill")],
    ),
    "side by side": (
        "Paris Rome Bonn",
        [("LOC", "Paris"), ("LOC", "Rome"), ("LOC", "Bonn")],
        [("LOC", "Paris"), ("LOC", "Rome"), ("LOC", "Bonn")],
    ),
    "nested in other signs": (
        "the « Université de Genève » today",
        [("LOC", "Geneve"), ("ORG", '"Université de Genève"')],
        [("ORG", "Université de Genève")],
    ),
    "repeated in other signs": (
        "O’Neill met Ann ; O‘Neill left",
        [("PER", "O'Neill")],
        [("PER", "O’Neill"), ("PER", "O‘Neill")],
    ),
    "a name and its abbreviation": (
        "The U.S. said the US left",
        [("LOC", "U.S."), ("LOC", "US")],
        [("LOC", "U.S."), ("LOC", "US")],
    ),
    "a name and a placeholder": ("Rosa - a nurse - left", [("PER", "Rosa"), ("LOC", "-")], [("PER", "Rosa")]),
}


@pytest.mark.parametrize("name", NESTED_REPEATED_IN_PIECES)
def test_nested_repeated_in_pieces(name: str) -> None:
    text, mentions, labelled = NESTED_REPEATED_IN_PIECES[name]
    words = text.split()
    spans = run(text, *mentions).spans
    assert [(label, " ".join(words[start:end])) for start, end, label in spans] == labelled


def test_a_mention_that_is_lost_by_its_case_is_told_from_one_that_is_nowhere() -> None:
    aligned = run("They asked us to leave", ("ORG", "US"), ("ORG", "UN"))
    assert outcomes(aligned) == [("other_case", ()), ("not_in_sentence", ())]
    assert aligned.spans == []


def test_a_copy_from_the_prompt_is_seen_in_markdown_too() -> None:
    assert outcomes(run("He left Paris .", ("PER", "**Orlando Miller**"))) == [("copied_from_prompt", ())]


def test_a_type_that_is_none() -> None:
    assert outcomes(run("in June", ("DATE", "June"))) == [("unknown_type", ())]


def test_the_longest_match_comes_first_and_the_nested_one_is_kept_aside() -> None:
    aligned = run("the University of Paris", ("LOC", "Paris"), ("ORG", "University of Paris"))
    assert outcomes(aligned) == [("overlapping", ((3, 4),)), ("exact", ((1, 4),))]
    assert aligned.spans == [(1, 4, "ORG")]
    assert aligned.unflattened == [
        {"label": "ORG", "fragments": [[1, 4]]},
        {"label": "LOC", "fragments": [[3, 4]]},
    ]


def test_a_nested_mention_with_a_place_of_its_own_is_no_overlap() -> None:
    aligned = run("In Houston , the Houston Astros won", ("LOC", "Houston"), ("ORG", "Houston Astros"))
    assert outcomes(aligned) == [("exact", ((1, 2),)), ("exact", ((4, 6),))]
    assert aligned.unflattened is None


def test_crossing_mentions_leave_the_first_of_equal_length() -> None:
    aligned = run("Bank of England Governor", ("ORG", "of England Governor"), ("ORG", "Bank of England"))
    assert outcomes(aligned) == [("overlapping", ((1, 4),)), ("exact", ((0, 3),))]


def test_the_same_text_under_two_types_is_ambiguous() -> None:
    mentions = (("PER", "Paris"), ("LOC", "Paris"))
    aligned = run("Paris met Paris", *mentions)
    both = ((0, 1), (2, 3))
    assert outcomes(aligned) == [("ambiguous", both), ("ambiguous", both)]
    assert aligned.spans == [(0, 1, "PER"), (2, 3, "PER")]
    assert aligned.unflattened is not None
    assert len(aligned.unflattened) == 4
    assert run("Paris met Paris", *mentions, ambiguous="drop").spans == []


def test_a_text_named_twice_takes_a_place_each_and_the_last_the_rest() -> None:
    twice = (("LOC", "Paris"), ("LOC", "Paris"))
    assert outcomes(run("Paris , Paris", *twice)) == [("exact", ((0, 1),)), ("exact", ((2, 3),))]
    assert outcomes(run("Paris , Paris , Paris", *twice)) == [("exact", ((0, 1),)), ("repeated", ((2, 3), (4, 5)))]
    once = run("in Paris", *twice)
    assert outcomes(once) == [("exact", ((1, 2),)), ("overlapping", ((1, 2),))]
    assert once.unflattened is None  # the second says nothing new


def test_a_discontinuous_mention_has_no_tags_and_is_kept_with_its_fragments() -> None:
    aligned = run("North and South Korea", ("LOC", "South Korea"), ("LOC", "North Korea"))
    assert aligned.spans == [(2, 4, "LOC")]
    assert aligned.unflattened == [
        {"label": "LOC", "fragments": [[0, 1], [3, 4]]},
        {"label": "LOC", "fragments": [[2, 4]]},
    ]


def test_a_mention_that_overlaps_itself_takes_places_from_the_left() -> None:
    aligned = run("New York New York New York !", ("LOC", "New York New York"))
    assert outcomes(aligned) == [("exact", ((0, 4),))]
    assert outcomes(run("Boutros Boutros Boutros Ghali", ("PER", "Boutros Boutros"))) == [("exact", ((0, 2),))]


def test_pieces_that_stand_side_by_side_are_a_mention_like_any_other() -> None:
    assert outcomes(run("Tony Blair left", ("PER", "Tony ... Blair"))) == [("whitespace_fixed", ((0, 2),))]


def test_each_parameter() -> None:
    assert outcomes(run("in PARIS", ("LOC", "Paris"), ignore_case=False)) == [("other_case", ())]
    assert outcomes(run("in (Paris", ("LOC", "Paris"), snap="off")) == [("not_in_sentence", ())]
    assert outcomes(run("Paris-based", ("LOC", "Paris"), snap="word")) == [("boundary_snapped", ((0, 1),))]
    assert outcomes(run("Hopeful", ("LOC", "Hope"), snap="word")) == [("not_in_sentence", ())]
    assert outcomes(run("North and South Korea", ("LOC", "North Korea"), max_gap=0)) == [("not_in_sentence", ())]
    assert outcomes(run("North and South Korea", ("LOC", "North ... Korea"), max_gap=0))[0][0] == "discontinuous"


def test_an_entity_of_the_real_prompt_is_seen_as_copied() -> None:
    for name in ("standard", "cot"):
        prompt = Prompt((ROOT / f"prompts/{name}.txt").read_text())
        for entity in ("Orlando Miller", "St. Louis Cardinals", "Brazilian", "benjamin  netanyahu", "Gaza Strip"):
            assert prompt.contains(entity)
        assert not prompt.contains("Paris")
        assert not prompt.contains("Miller Orlando")


WORDS = st.lists(
    st.sampled_from(["a", "Paris", "paris", "Bank", "of", "England", "(", "Paris,", "'s", "a", "U.S.", "-", "\u0130"]),
    min_size=1,
    max_size=9,
)
TEXTS = st.lists(st.sampled_from(["a", "a", "Paris", "bank", "England", "'s", "U.S.", "...", "(", "."]), max_size=4)
GLUES = st.sampled_from([" ", "", "  "])


@given(WORDS, st.lists(st.tuples(st.sampled_from([*TYPES, "X"]), TEXTS, GLUES), max_size=6), st.booleans())
def test_every_mention_has_one_outcome_and_no_tag_lies_outside_its_spans(
    words: list[str], mentions: list[tuple[str, list[str], str]], first: bool
) -> None:
    rows: list[Mention] = [{"type": label, "text": glue.join(text)} for label, text, glue in mentions]
    align_params = ALIGN_PARAMS.model_copy(update={"ambiguous": "first" if first else "drop"})
    aligned = align_reply(SearchedSentence(words), rows, TYPES, PROMPT, align_params)
    assert [row.mention for row in aligned.ledger] == rows
    counts = {outcome: sum(row.outcome == outcome for row in aligned.ledger) for outcome in OUTCOMES}
    assert sum(counts.values()) == len(rows)
    tags = spans_to_tags(aligned.spans, len(words))  # also: no two spans overlap
    assert tags_to_spans(tags) == aligned.spans
    placed: set[Span] = {
        (start, end, row.mention["type"])
        for row in aligned.ledger
        if row.outcome not in ("discontinuous", "overlapping")
        for start, end in row.places
    }
    assert set(aligned.spans) <= placed
    # Nothing that was placed is lost: it is tagged, or kept unflattened.
    kept = {(tuple(map(tuple, entity["fragments"])), entity["label"]) for entity in aligned.unflattened or []}
    for row in aligned.ledger:
        entities = [row.places] if row.outcome == "discontinuous" else [(place,) for place in row.places]
        for fragments in entities:
            flat = len(fragments) == 1 and (*fragments[0], row.mention["type"]) in aligned.spans
            assert flat or (fragments, row.mention["type"]) in kept
