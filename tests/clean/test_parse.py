"""Tidy, messy and unreadable replies by name, with the mentions and problems of each."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from tinyner.clean.parse import Status, parse_reply
from tinyner.clean.type_names import TypeNames
from tinyner.files import load

BLAIR, PARIS = ("PER", "Blair"), ("LOC", "Paris")
MEETING = ["Blair", "and", "Benn", "met", "in", "Paris", ",", "not", "in", "Houston", "or", "London", ",", "in", "June"]


def sentence_with(mentions: list[tuple[str, str]]) -> list[str]:
    """Return the words of a sentence that has the texts of the mentions, none beside another."""
    return [*" and ".join(text for _, text in mentions).split(), *MEETING]


class Case(NamedTuple):
    reply: str
    mentions: list[tuple[str, str]]
    problems: list[str]


OK = {
    "one line": Case('Result: {"PER": ["Blair"]}', [BLAIR], []),
    "nothing found": Case("Result: {}", [], []),
    "empty lists": Case('Result: {"PER": [], "LOC": []}', [], []),
    "among reasoning": Case(
        'Context: {a meeting}\nCandidates: Blair [1]\nTypes: Blair PER\nResult: {"PER": ["Blair"]}', [BLAIR], []
    ),
    "next line": Case('Result:\n{"PER": ["Blair"]}\n', [BLAIR], []),
    "a type that is none": Case('Result: {"DATE": ["June"]}', [("DATE", "June")], []),
    "escapes": Case('Result: {"PER": ["\\u00c9mile \\"Z\\""]}', [("PER", 'Émile "Z"')], []),
    "nested": Case(
        'Result: {"ORG": ["University of Paris"], "LOC": ["Paris"]}', [("ORG", "University of Paris"), PARIS], []
    ),
    "two types": Case('Result: {"LOC": ["Paris"], "PER": ["Paris"]}', [PARIS, ("PER", "Paris")], []),
    "discontinuous": Case('Result: {"LOC": ["North ... Korea"]}', [("LOC", "North ... Korea")], []),
}

REPAIRED = {
    "fenced": Case('```json\n{"PER": ["Blair"]}\n```', [BLAIR], ["code_fence", "no_result_line"]),
    "fenced behind Result": Case('Result:\n```json\n{"PER": ["Blair"]}\n```', [BLAIR], ["code_fence"]),
    "single quotes": Case("Result: {'PER': ['Blair']}", [BLAIR], ["json_repaired"]),
    "apostrophes in single quotes": Case(
        "Result: {'PER': ['O'Neill'], 'ORG': ['Boys' Club']}",
        [("PER", "O'Neill"), ("ORG", "Boys' Club")],
        ["json_repaired"],
    ),
    "quotes in quotes": Case(
        'Result: {"MISC": ["the "Star" prize"]}', [("MISC", 'the "Star" prize')], ["json_repaired"]
    ),
    "no quotes": Case("Result: {PER: [Blair], LOC: []}", [BLAIR], ["json_repaired"]),
    "list of dictionaries": Case(
        'Result: [{"PER": ["Blair"]}, {"LOC": ["Paris"]}]', [BLAIR, PARIS], ["list_of_dictionaries"]
    ),
    "list of dictionaries, not closed": Case(
        "Result: [{'PER': ['Blair']}, {'LOC': ['Paris']}",
        [BLAIR, PARIS],
        ["json_repaired", "list_of_dictionaries", "unbalanced_brackets"],
    ),
    "list of dictionaries, not opened": Case(
        "Result: {'PER': ['Blair']}, {'LOC': ['Paris']}]",
        [BLAIR, PARIS],
        ["json_repaired", "list_of_dictionaries", "unbalanced_brackets"],
    ),
    "list of dictionaries, a bracket lost inside": Case(
        "Result: [{'PER': ['Blair'], {'LOC': ['Paris']}]",
        [BLAIR, PARIS],
        ["json_repaired", "list_of_dictionaries", "unbalanced_brackets"],
    ),
    "doubled brackets": Case("Result: {{'PER': ['Blair']}}", [BLAIR], ["json_repaired", "list_of_dictionaries"]),
    "one bracket too many": Case('Result: {"PER": ["Blair"]}}', [BLAIR], ["unbalanced_brackets"]),
    "last bracket lost": Case(
        'Result: {"PER": ["Blair"], "LOC": ["Paris"]', [BLAIR, PARIS], ["json_repaired", "unbalanced_brackets"]
    ),
    "a dictionary a type": Case(
        'Result: {"PER": ["Blair"]}\n{"LOC": ["Paris"]}', [BLAIR, PARIS], ["json_repaired", "list_of_dictionaries"]
    ),
    "entities as objects": Case(
        'Result: {"entities": [{"text": "Blair", "type": "PER"}]}',
        [BLAIR],
        ["list_of_dictionaries", "one_object_a_mention", "wrapped"],
    ),
    "pairs": Case('Result: [["Blair", "PER"], ["LOC", "Paris"]]', [BLAIR, PARIS], ["list_of_dictionaries"]),
    "trailing commas": Case('Result: {"PER": ["Blair",], "LOC": ["Paris"],}', [BLAIR, PARIS], ["json_repaired"]),
    "long type names": Case('Result: {"Location": ["Paris"], "persons": ["Blair"]}', [PARIS, BLAIR], ["type_renamed"]),
    "type with a note": Case('Result: {"PER (Person)": ["Blair"]}', [BLAIR], ["type_renamed"]),
    "lower case": Case('Result: {"per": ["Blair"]}', [BLAIR], ["type_renamed"]),
    "string for list": Case('Result: {"PER": "Blair"}', [BLAIR], ["string_for_list"]),
    "entity to type": Case('Result: {"Blair": "PER", "Paris": "LOC"}', [BLAIR, PARIS], ["entity_to_type"]),
    "entity to type, in a list": Case('Result: {"Blair": ["PER"]}', [BLAIR], ["entity_to_type"]),
    "duplicated key": Case('Result: {"PER": ["Blair"], "PER": ["Benn"]}', [BLAIR, ("PER", "Benn")], ["duplicated_key"]),
    "several Result lines": Case(
        'Result: {"PER": ["Benn"]}\nNo, better:\nResult: {"PER": ["Blair"]}', [BLAIR], ["several_results"]
    ),
    "duplicated key in single quotes": Case(
        "Result: {'PER': ['Blair'], 'PER': ['Benn']}", [BLAIR, ("PER", "Benn")], ["duplicated_key", "json_repaired"]
    ),
    "duplicated key and a lost bracket": Case(
        'Result: {"PER": ["Blair"], "PER": ["Benn"]',
        [BLAIR, ("PER", "Benn")],
        ["duplicated_key", "json_repaired", "unbalanced_brackets"],
    ),
    "duplicated bare key": Case(
        "Result: {PER: [Blair], PER: [Benn]}", [BLAIR, ("PER", "Benn")], ["duplicated_key", "json_repaired"]
    ),
    "taken back": Case('Result: {"PER": ["Blair"]}\nNo names.\nResult: none', [], ["nothing_in_words"]),
    "a lesser name behind": Case(
        'Result: {"PER": ["Blair"]}\nAnswer: [see above]\nEntities: [1] found', [BLAIR], ["prose_after"]
    ),
    "brackets behind": Case(
        '{"PER": ["Blair"]}. I left out [DATE: Monday].', [BLAIR], ["no_result_line", "prose_after"]
    ),
    "an explanation in braces": Case(
        '{"PER": ["Blair"]}\n\nExplanation: {LOC: none}', [BLAIR], ["no_result_line", "prose_after"]
    ),
    "an object around it": Case(
        '{"sentence": "Blair left", "entities": [{"text": "Blair", "type": "PER"}]}',
        [BLAIR],
        ["list_of_dictionaries", "no_result_line", "one_object_a_mention", "wrapped"],
    ),
    "reasoning as a key": Case('Result: {"reasoning": "a person", "result": {"PER": ["Blair"]}}', [BLAIR], ["wrapped"]),
    "entity to type, one of none": Case(
        'Result: {"Blair": "PER", "Monday": "DATE"}', [BLAIR, ("DATE", "Monday")], ["entity_to_type"]
    ),
    "an entity that is a type's name": Case('Result: {"People": "ORG"}', [("ORG", "People")], ["entity_to_type"]),
    "several in a string": Case(
        'Result: {"PER": "Tony Blair, Gordon Brown"}',
        [("PER", "Tony Blair"), ("PER", "Gordon Brown")],
        ["string_for_list"],
    ),
    "Python tuples": Case(
        "Result: [('Blair', 'PER'), ('Paris', 'LOC')]", [BLAIR, PARIS], ["json_repaired", "list_of_dictionaries"]
    ),
    "a tuple for a list": Case("Result: {'PER': ('Blair', 'Benn')}", [BLAIR, ("PER", "Benn")], ["json_repaired"]),
    "type and its long name": Case('Result: {"LOC: Location": ["Paris"]}', [PARIS], ["type_renamed"]),
    "half a surrogate pair": Case(
        'Result: {"LOC": ["New \\ud83d York"]}', [("LOC", "New \ufffd York")], ["broken_characters"]
    ),
    "a comma lost": Case(
        '{"PER": ["Blair" "Benn"], "LOC": ["Paris"]}',
        [BLAIR, ("PER", "Benn"), PARIS],
        ["json_repaired", "no_result_line"],
    ),
    "a comma lost between types": Case(
        'Result: {"PER": "Blair"\n "LOC": "Paris"}', [BLAIR, PARIS], ["json_repaired", "string_for_list"]
    ),
    "entity to type, one of no type": Case('Result: {"Blair": ["PER"], "Monday": []}', [BLAIR], ["entity_to_type"]),
    "entity to several types": Case(
        'Result: {"Houston": ["LOC", "ORG"], "Blair": "PER", "June": null}',
        [("LOC", "Houston"), ("ORG", "Houston"), BLAIR],
        ["entity_to_type"],
    ),
    "entity to an object with its type": Case(
        'Result: {"Blair": {"type": "PER"}, "Paris": {"type": "LOC"}}', [BLAIR, PARIS], ["entity_to_type"]
    ),
    "an object a type": Case(
        'Result: [{"type": "PER", "entities": ["Blair", "Benn"]}, {"type": "LOC", "entities": ["Paris"]}]',
        [BLAIR, ("PER", "Benn"), PARIS],
        ["list_of_dictionaries", "object_a_type"],
    ),
    "a pair a type": Case(
        'Result: [["PER", ["Blair", "Benn"]], ["LOC", ["Paris"]]]',
        [BLAIR, ("PER", "Benn"), PARIS],
        ["list_of_dictionaries"],
    ),
    "notes and nothing": Case('Result: {"reasoning": "No names, only words.", "entities": []}', [], ["note"]),
    "a note beside a type": Case(
        'Result: {"PER": ["Blair"], "reasoning": "He is, well, a person."}', [BLAIR], ["note"]
    ),
    "half wrapped": Case('Result: {"entities": {"PER": ["Blair"]}, "LOC": ["Paris"]}', [BLAIR, PARIS], ["wrapped"]),
    "a list of candidates before": Case(
        'Entities: ["People", "Paris"]\nTypes: People ORG\n{"ORG": ["People"]}',
        [("ORG", "People")],
        ["no_result_line"],
    ),
    "corrected": Case(
        'Result: {"LOC": ["Wrong"]}\n\n**Corrected Result:** {"PER": ["Blair"]}',
        [BLAIR],
        ["result_line_renamed", "several_results"],
    ),
    "prose behind": Case('Result: {"PER": ["Blair"]}\nHere LOC [1] has none.', [BLAIR], ["prose_after"]),
    "prose in front": Case('They are: {"PER": ["Blair"]}', [BLAIR], ["no_result_line"]),
    "braces in prose": Case(
        'Of {LOC, PER}: {"PER": ["Blair"]}. See {above}.', [BLAIR], ["no_result_line", "prose_after"]
    ),
    "Markdown": Case('**Result:** {"PER": ["Blair"]}', [BLAIR], ["result_line_renamed"]),
    "another name": Case('Final answer: {"PER": ["Blair"]}', [BLAIR], ["no_result_line"]),
    "none in words": Case("Result: No entities found.", [], ["nothing_in_words"]),
    "none as text": Case('Result: {"PER": ["None"], "LOC": null}', [], ["none_for_empty", "null_for_list"]),
    "empty text": Case('Result: {"PER": [""]}', [], ["empty_mention"]),
    "fragments as a list": Case(
        'Result: {"LOC": [["North", "Korea"]]}', [("LOC", "North ... Korea")], ["list_of_fragments"]
    ),
    "objects for texts": Case('Result: {"PER": [{"text": "Blair", "start": 3}]}', [BLAIR], ["object_for_text"]),
    "numbers": Case('Result: {"MISC": [1984]}', [("MISC", "1984")], ["number_for_text"]),
}

FAILED = {
    "nothing": ("", "empty"),
    "white space": (" \n", "empty"),
    "refused": ("I'm sorry, but I can't help with that.", "refused"),
    "refused, with a curly apostrophe": ("I\u2019m sorry, but I can\u2019t help with that.", "refused"),
    "prose": ("There are some people here.", "no_dictionary"),
    "cut in a text": ('Result: {"PER": ["Blair"], "LOC": ["Par', "truncated"),
    "cut in a single-quoted text": ("Result: {'PER': ['Blair'], 'LOC': ['Par", "truncated"),
    "cut behind a comma": ('Result: {"PER": ["Blair"],', "truncated"),
    "cut behind a key": ('Result: {"PER": ["Blair"], "LOC"', "truncated"),
    "cut in a key": ('Result: {"PER": ["Blair"], "LO', "truncated"),
    "cut behind a colon": ('Result: {"PER":', "truncated"),
    "texts without types": ('Result: ["Blair", "Paris"]', "no_types"),
    "hundreds of brackets": ("Result: {'a': [" + "(" * 400 + "]}", "no_dictionary"),
    "thousands of brackets": ("Result: " + '{"a": [' * 5000, "no_dictionary"),
}


@pytest.mark.parametrize("name", OK)
def test_a_tidy_reply_is_ok(name: str, names: TypeNames) -> None:
    case = OK[name]
    assert parse_reply(case.reply, sentence_with(case.mentions), names) == (Status.OK, case.mentions, [])


@pytest.mark.parametrize("name", REPAIRED)
def test_a_messy_reply_is_repaired_and_says_how(name: str, names: TypeNames) -> None:
    case = REPAIRED[name]
    assert parse_reply(case.reply, sentence_with(case.mentions), names) == (
        Status.REPAIRED,
        case.mentions,
        case.problems,
    )


@pytest.mark.parametrize("name", FAILED)
def test_what_can_not_be_trusted_fails_and_says_why(name: str, names: TypeNames) -> None:
    reply, problem = FAILED[name]
    assert parse_reply(reply, MEETING, names) == (Status.FAILED, [], [problem])


# Replies of a server that was told to answer in JSON.
BARE = {
    "one object": Case('{"PER": ["Blair"], "LOC": []}', [BLAIR], []),
    "over lines": Case('\n{\n  "PER": ["Blair"]\n}\n', [BLAIR], []),
    "nothing found": Case("{}", [], []),
    "reasoning beside the types": Case(
        '{"reasoning": "Result: {\\"LOC\\": []} is too little.", "PER": ["Blair"]}', [BLAIR], ["note"]
    ),
    "wrapped": Case('{"entities": {"PER": ["Blair"]}}', [BLAIR], ["wrapped"]),
    "a Result line": Case('Result: {"PER": ["Blair"]}', [BLAIR], []),
    "a list": Case('[{"PER": ["Blair"]}]', [BLAIR], ["list_of_dictionaries", "no_result_line"]),
    "prose around it": Case('Here: {"PER": ["Blair"]}', [BLAIR], ["no_result_line"]),
    "single quotes": Case("{'PER': ['Blair']}", [BLAIR], ["json_repaired", "no_result_line"]),
}


@pytest.mark.parametrize("name", BARE)
def test_where_json_was_asked_for_an_object_alone_is_tidy(name: str, names: TypeNames) -> None:
    reply, mentions, problems = BARE[name]
    status, *parsed = parse_reply(reply, MEETING, names, bare=True)
    assert parsed == [mentions, problems]
    assert status is (Status.REPAIRED if problems else Status.OK)


def test_a_json_reply_that_breaks_off_is_truncated_all_the_same(names: TypeNames) -> None:
    for reply in ('{"PER": ["Blair"], "LOC": ["Par', '{"PER":'):
        assert parse_reply(reply, MEETING, names, bare=True, cut=True) == (Status.FAILED, [], ["truncated"])
    assert parse_reply('{"PER": ["Blair"]}', MEETING, names) == (Status.REPAIRED, [BLAIR], ["no_result_line"])


def test_the_servers_word_that_it_was_cut_counts(names: TypeNames) -> None:
    open_reply = 'Result: {"PER": ["Blair"], "LOC": ["Paris"'
    assert parse_reply(open_reply, MEETING, names)[0] is Status.REPAIRED  # only brackets are missing
    assert parse_reply(open_reply, MEETING, names, cut=True) == (Status.FAILED, [], ["truncated"])
    assert parse_reply("Context: a", MEETING, names, cut=True) == (Status.FAILED, [], ["truncated"])
    # Cut before the last Result line has its dictionary: what stands in the reasoning is no answer.
    for reply in (
        'Types: {"Houston": "LOC"}\nJustification: it is',
        'Types: {"Houston": "LOC"}\nResult: ',
        'Result: {"PER": ["Blair"]}\nThat is not right.\nResult:',
    ):
        assert parse_reply(reply, MEETING, names, cut=True) == (Status.FAILED, [], ["truncated"])
    for reply in ('Result: {"PER": ["Blair"]},', '{"entities": {"PER": ["Blair"]}, "LOC": ["Lon'):
        assert parse_reply(reply, MEETING, names, cut=True) == (Status.FAILED, [], ["truncated"])
    # Cut in the prose behind it, the dictionary is whole.
    assert parse_reply('Result: {"PER": ["Blair"]}\nThe rea', MEETING, names, cut=True)[:2] == (
        Status.REPAIRED,
        [BLAIR],
    )


def test_a_truncated_reply_can_keep_its_whole_mentions(names: TypeNames) -> None:
    status, mentions, problems = parse_reply('Result: {"PER": ["Blair", "Be', MEETING, names, keep_truncated=True)
    assert (status, mentions, "truncated" in problems) == (Status.REPAIRED, [BLAIR], True)
    for reply in ('Result: {"PER": ["Bla', 'Result: {"PER": ["none", "Bla'):
        assert parse_reply(reply, MEETING, names, keep_truncated=True) == (Status.FAILED, [], ["truncated"])


@pytest.mark.parametrize(
    ("reply", "mentions"),
    [
        ('[{"type": "PER", "text": "Blair"}, {"type": "LOC", "text": "Lon', [BLAIR]),
        ('{"entities": [{"text": "Blair", "type": "PER"}, {"text": "Lon', [BLAIR]),
        ('[{"type": "PER", "text": "Bla', []),
    ],
)
def test_a_truncated_list_of_objects_keeps_the_whole_ones(
    reply: str, mentions: list[tuple[str, str]], names: TypeNames
) -> None:
    status, kept, problems = parse_reply(reply, MEETING, names, cut=True, keep_truncated=True)
    assert kept == mentions
    assert "truncated" in problems
    assert status is (Status.REPAIRED if mentions else Status.FAILED)


@given(st.text(alphabet="{}[]:,'\"` \nResult PERBlair", max_size=60))
def test_any_text_ends_as_ok_repaired_or_failed(reply: str) -> None:
    status, mentions, problems = parse_reply(reply, MEETING, TypeNames({"PER": ["person"]}))
    assert (status is Status.OK) == (not problems)
    assert status is not Status.FAILED or not mentions
    assert all(text.strip() for _, text in mentions)


@pytest.mark.parametrize("name", ["conll-standard", "conll-cot", "bbc-cot"])
def test_every_recorded_reply_is_tidy(name: str, names: TypeNames) -> None:
    rows = load(ROOT / f"data/recorded/claude/{name}.jsonl")
    assert [parse_reply(row["reply"], [], names)[0] for row in rows] == [Status.OK] * len(rows)
