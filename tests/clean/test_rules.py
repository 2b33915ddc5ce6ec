"""The rules of docs/pipeline.md, section clean: each kind of reply by name, with its mentions or its failure."""

import pytest

from tinyner.clean.parse import Status, parse_reply
from tinyner.clean.type_names import TypeNames

SENTENCE = "Rosa and Paul Frei joined Opel in Mainz , near Bad Ems ."
FULL = '{"PER": ["Rosa", "Paul Frei"], "ORG": ["Opel"], "LOC": ["Mainz", "Bad Ems"]}'
ALL = [("PER", "Rosa"), ("PER", "Paul Frei"), ("ORG", "Opel"), ("LOC", "Mainz"), ("LOC", "Bad Ems")]
ROSA, PAUL, OPEL, MAINZ = ("PER", "Rosa"), ("PER", "Paul Frei"), ("ORG", "Opel"), ("LOC", "Mainz")
DRAFT = 'Result: {"LOC": ["Rosa"]}'

Outcome = list[tuple[str, str]] | str
"""The mentions, or the reason why the reply fails."""

REASONING: dict[str, tuple[str, Outcome]] = {
    "think tags": (f"<think>{DRAFT}</think>\n{FULL}", ALL),
    "thinking tags": (f"<thinking>\n{DRAFT}\n</thinking>\nResult: {FULL}", ALL),
    "a tag with an attribute": (f'<reasoning effort="high">{DRAFT}</reasoning>{FULL}', ALL),
    "upper case": (f"<THINK>{DRAFT}</THINK>{FULL}", ALL),
    "Magistral's": (f"[THINK]{DRAFT}[/THINK]{FULL}", ALL),
    "Kimi's": (f"\u25c1think\u25b7{DRAFT}\u25c1/think\u25b7{FULL}", ALL),
    "a namespace": (f"<seed:think>{DRAFT}</seed:think>{FULL}", ALL),
    "empty": (f"<think>\n\n</think>\n\nResult: {FULL}", ALL),
    "twice": (f"<think>{DRAFT}</think><think>{DRAFT}</think>{FULL}", ALL),
    "behind the answer": (f"Result: {FULL}\n<think>{DRAFT}</think>", ALL),
    "a tag named within": (f"<think>A <think> tag. {DRAFT}</think>{FULL}", ALL),
    "a closing tag alone": (f"{DRAFT} no.\n</think>\n{FULL}", ALL),
    "harmony": (f"<|channel|>analysis<|message|>{DRAFT}<|end|><|channel|>final<|message|>{FULL}", ALL),
    "harmony as text": (f"analysis{DRAFT} no.assistantfinal{FULL}", ALL),
    "never closed": (f"<think>\n{DRAFT}", "truncated"),
    "opened again and never closed": (f"<think>a</think>{FULL}<think>{DRAFT}", "truncated"),
    "harmony without a final channel": (f"<|channel|>analysis<|message|>{DRAFT}", "truncated"),
    "harmony as text without a final channel": (f"analysisThe user {DRAFT}", "truncated"),
    "nothing behind it": (f"<think>{DRAFT}</think>", "empty"),
    "answer tags": (f"{DRAFT}\n<answer>{FULL}</answer>", ALL),
}

RUN_ON: dict[str, tuple[str, Outcome]] = {
    "another sentence": (f"Result: {FULL}\n\nSentence: Ann left .\n{DRAFT}", ALL),
    "an empty result for it": (f"Result: {FULL}\n\nSentence: It rained .\nResult: {{}}", ALL),
    "numbered": (f"Result: {FULL}\n\nExample 2:\nSentence: Ann left .\n{DRAFT}", ALL),
    "in Markdown": (f"Result: {FULL}\n\n**Sentence:** Ann left .\n{DRAFT}", ALL),
    "a turn of ChatML": (f"Result: {FULL}<|im_end|>\n<|im_start|>user\nAnn left .\n{DRAFT}", ALL),
    "the end of a text": (f"Result: {FULL}</s> {DRAFT}", ALL),
    "a turn in words": (f"Result: {FULL}\nUser: and Ann?\nAssistant: {DRAFT}", ALL),
    "Llama's header": (f"<|start_header_id|>assistant<|end_header_id|>\n\nResult: {FULL}<|eot_id|>", ALL),
    "the asked sentence again": (f"Sentence: {SENTENCE}\nResult: {FULL}", ALL),
    "the asked sentence without its blanks": (
        f"Result: {FULL}\n\nSentence: Rosa and Paul Frei joined Opel in Mainz, near Bad Ems.\nResult: {FULL}",
        ALL,
    ),
    "the asked sentence again with another answer": (
        f"{DRAFT}\n\nSentence: {SENTENCE}\nResult: {FULL}",
        "contradictory",
    ),
    "others before the asked one": (f"Sentence: Ann left .\n{DRAFT}\n\nSentence: {SENTENCE}\nResult: {FULL}", ALL),
    "the beginning of the asked sentence": (f"Sentence: Rosa and Paul Frei joined...\nResult: {FULL}", ALL),
    "the beginning of another": (f"Sentence: Ann and Paul Frei joined...\nResult: {FULL}", "another_sentence"),
    "only another sentence": (f"Sentence: Ann left .\n{DRAFT}", "another_sentence"),
    "a longer sentence is another": (
        f"Result: {FULL}\nSentence: {SENTENCE[:-2]} and Bonn .\nResult: {{}}",
        ALL,
    ),
}

SEVERAL: dict[str, tuple[str, Outcome]] = {
    "one a type, fenced": ('```json\n{"PER": ["Rosa"]}\n```\n```json\n{"LOC": ["Mainz"]}\n```', [ROSA, MAINZ]),
    "one a type, with prose": ('People: {"PER": ["Rosa"]}\nPlaces: {"LOC": ["Mainz"]}', [ROSA, MAINZ]),
    "one a mention": (
        '{"text": "Rosa", "type": "PER"}\n{"text": "Opel", "type": "ORG"}\n{"text": "Paul Frei", "type": "PER"}',
        [ROSA, OPEL, PAUL],
    ),
    "the same again": (f"{FULL}\nThat is:\n{FULL}", ALL),
    "more the second time": (f'{{"PER": ["Rosa"]}} and all:\n{FULL}', ALL),
    "an empty one first": (f"[]\nNo, there are some:\n{FULL}", ALL),
    "an empty one last": (f"{FULL}\nRelations: []", ALL),
    "only empty ones": ("{}\n{}", []),
    "an empty one and a typed line": ("{}\n\nPER: Rosa", [ROSA]),
    "two that disagree": ('{"PER": ["Rosa"]} or rather {"PER": ["Paul Frei"]}', "contradictory"),
    "a text under two types": ('Maybe {"LOC": ["Rosa"]}. Or {"PER": ["Rosa"]}.', "contradictory"),
    "one that is denied": ('{"PER": ["Rosa"]}, but not {"LOC": ["Mainz"]}', "contradictory"),
    "a Result line of words before": (f"The result: see below.\nResult: {FULL}", ALL),
    "a key that is no type behind the Result line": ('Result: {"PER": ["Rosa"]}\nThe "score": 1 for PER.', [ROSA]),
    "another behind the Result line": ('Result: {"PER": ["Rosa"]}\nalso {"LOC": ["Mainz"]}', [ROSA, MAINZ]),
    "a correction behind the Result line": ('Result: {"PER": ["Rosa"]}\nNo: {"PER": ["Paul Frei"]}', "contradictory"),
}

SHAPES: dict[str, tuple[str, Outcome]] = {
    "entity_name and entity_type": ('[{"entity_name": "Rosa", "entity_type": "PER"}]', [ROSA]),
    "extraction_class and extraction_text": (
        '{"extractions": [{"extraction_class": "person", "extraction_text": "Rosa"}]}',
        [ROSA],
    ),
    "keys in camel case": ('[{"entityText": "Rosa", "entityCategory": "PER"}]', [ROSA]),
    "word and entity_group": ('[{"entity_group": "PER", "word": "Rosa", "start": 0, "end": 4}]', [ROSA]),
    "a node of a graph": ('{"nodes": [{"id": "Opel", "type": "Organization"}]}', [OPEL]),
    "labels as a list": ('[{"text": "Rosa", "labels": ["PER"]}]', [ROSA]),
    "offsets": ('{"ents": [{"start": 26, "end": 30, "label": "ORG"}]}', [OPEL]),
    "offsets in an interval": ('[{"label": "ORG", "char_interval": {"start_pos": 26, "end_pos": 30}}]', [OPEL]),
    "offsets in a triple": ('{"entities": [[26, 30, "ORG"]]}', [OPEL]),
    "offsets that cut a word": ('{"entities": [[26, 29, "ORG"]]}', "offsets"),
    "offsets beyond the sentence": ('{"entities": [[260, 290, "ORG"]]}', "offsets"),
    "texts with offsets": ('{"PER": [["Rosa", 0, 4]], "ORG": [{"text": "Opel", "start": 26}]}', [ROSA, OPEL]),
    "a tool call": ('{"type": "function", "name": "extract", "parameters": {"PER": ["Rosa"]}}', [ROSA]),
    "a tool call, its arguments as a string": (
        '{"tool_calls": [{"function": {"name": "x", "arguments": "{\\"PER\\": [\\"Rosa\\"]}"}}]}',
        [ROSA],
    ),
    "a tool call in tags": ('<tool_call>\n{"name": "x", "arguments": {"PER": ["Rosa"]}}\n</tool_call>', [ROSA]),
    "JSON in a string": ('{"result": "{\\"PER\\": [\\"Rosa\\"]}"}', [ROSA]),
    "a string of JSON": ('"{\\"PER\\": [\\"Rosa\\"]}"', [ROSA]),
    "B and I as keys": ('{"B-PER": ["Rosa", "Paul"], "I-PER": ["Frei"]}', [ROSA, PAUL]),
    "B and I that fit nowhere": ('{"B-PER": ["Rosa"], "I-PER": ["Ems"]}', "tags"),
    "tags of words": ('[["Paul", "B-PER"], ["Frei", "I-PER"], ["joined", "O"], ["Opel", "B-ORG"]]', [PAUL, OPEL]),
    "bare tags of words": ('[["Paul", "PER"], ["Frei", "PER"], ["joined", "O"]]', [PAUL]),
    "lists side by side": ('{"tokens": ["Paul", "Frei", "joined"], "tags": ["B-PER", "I-PER", "O"]}', [PAUL]),
    "a numbered type": ('{"1. PER (Person)": ["Rosa"]}', [ROSA]),
    "a type in full-width brackets": ('{"PER\uff08person\uff09": ["Rosa"]}', [ROSA]),
    "a type with a word behind": ('{"person_entities": ["Rosa"], "Location names": ["Mainz"]}', [ROSA, MAINZ]),
    "a row too short for its type": ('[["Rosa", 0, 4, "PER"], ["Opel", "VEHICLE"]]', "half_read"),
    "an empty list in a list": ('{"PER": [[], "Rosa"]}', [ROSA]),
    "a type within a type": ('{"PER": {"LOC": ["Mainz"]}}', "no_dictionary"),
    "a text with its type": ('{"entities": ["Rosa (PER)", "Opel: ORG"]}', [ROSA, OPEL]),
    "typed lines": ('PER: ["Rosa"]\nORG: []\nLOC: ["Mainz"]', [ROSA, MAINZ]),
    "typed lines without quotes": ("PER: Rosa, Paul Frei\nORG: none", [ROSA, PAUL]),
    "braces lost": ('Result: "PER": ["Rosa"], "LOC": []', [ROSA]),
    "bullets": ("- **Rosa** (PER)\n- **Opel** (ORG)", [ROSA, OPEL]),
    "a numbered list": ("1. Rosa - PER\n2. Opel - ORG", [ROSA, OPEL]),
    "bullets under headings": ("### PER\n- Rosa\n- Paul Frei\n### LOC\n- Mainz", [ROSA, PAUL, MAINZ]),
    "bullets without blanks": ("-Rosa (PER)\n-Opel (ORG)", [ROSA, OPEL]),
    "typed lines in fences": ("```\nPER: Rosa\n```\n```\nORG: Opel\n```", [ROSA, OPEL]),
    "typed lines below the sentence": (f"{SENTENCE}\n\nPER: Rosa", [ROSA]),
    "a name alone among typed lines": ("PER: Rosa\n\nOpel", "half_read"),
    "YAML": ("entities:\n  - text: Rosa\n    type: PER\n  - text: Opel\n    type: ORG", [ROSA, OPEL]),
    "a table, a row a mention": ("| Entity | Type |\n|---|---|\n| Rosa | PER |\n| Opel | ORG |", [ROSA, OPEL]),
    "a table, a row a type": ("| Type | Names |\n|---|---|\n| PER | Rosa, Paul Frei |\n| ORG | - |", [ROSA, PAUL]),
    "a table, a column a type": ("| PER | ORG |\n|---|---|\n| Rosa | Opel |", [ROSA, OPEL]),
    "a table without outer bars": ("Type | Names\n---|---\nPER | Rosa; Paul Frei", [ROSA, PAUL]),
    "a table with a text that is not there": ("| Type | Names |\n|---|---|\n| PER | Bert |", [("PER", "Bert")]),
    "a line of a thousand characters": ("Rosa (PER), " * 100, "no_dictionary"),
    "typed lines with words of their own": ("PER: Rosa is a person\nLOC: none", "no_dictionary"),
    "the schema": ('{"type": "object", "properties": {"PER": {"type": "array"}}}', "no_types"),
    "an error": ('{"error": "I can not analyse this."}', "no_types"),
    "an error about a name": ('{"error": "Rosa"}', "no_types"),
    "a message": ('{"message": "Content policy."}', "no_types"),
    "texts without types": ('{"entities": ["Rosa", "Opel"]}', "no_types"),
    "counts": ('{"PER": 2, "LOC": 1}', "no_types"),
    "yes and no": ('{"PER": true, "LOC": false}', "no_types"),
    "a type in another script": ('{"\u4eba\u540d": ["Rosa"]}', "no_types"),
    "types of another scheme": ('{"VEHICLE": ["Opel"]}', [("VEHICLE", "Opel")]),
    "a type of another scheme beside a wrapper": (
        '{"entities": [{"text": "Rosa", "type": "PER"}], "VEHICLE": ["Opel"]}',
        [ROSA, ("VEHICLE", "Opel")],
    ),
    "a list without a type beside a wrapper": (
        '{"entities": [{"text": "Rosa", "type": "PER"}], "\u4eba\u540d": ["Opel"]}',
        "half_read",
    ),
    "a text that lacks its type": ('[{"text": "Rosa", "type": "PER"}, "Opel"]', "half_read"),
    "an object that says it is none": (
        '[{"text": "Rosa", "type": "PER"}, {"text": "Opel", "type": "ORG", "is_entity": false}]',
        [ROSA],
    ),
    "nothing among objects": ('[{"text": "Rosa", "type": "PER"}, null, "none"]', [ROSA]),
    "nothing, in words, as the last line": ("There is no name here.\nAnswer: none", []),
    "a bullet whose text is not in the sentence": (
        "* Bob (PER)\n* Opel (ORG)",
        [("PER", "Bob"), OPEL],
    ),
    "bullets of which none is in the sentence": ("* Bob (PER)\n* Ford (ORG)", "no_types"),
    "an empty wrapper": ('{"entities": []}', []),
    "nothing, in words, in a wrapper": ('{"entities": "none"}', []),
}

VALUES: dict[str, tuple[str, str, Outcome]] = {
    "a number with zeros": ("It costs 2.20 now .", '{"MISC": [2.20]}', [("MISC", "2.20")]),
    "a number with an exponent": ("It has 1e+10 cells .", "{'MISC': [1e+10]}", [("MISC", "1e+10")]),
    "a number with a comma": ("It rose 1,000 points .", '{"MISC": [1,000]}', [("MISC", "1,000")]),
    "a number of strict JSON with a comma": ("It rose 1,100 .", '{"MISC": [1,100]}', [("MISC", "1,100")]),
    "a comma within a name": (
        "In Washington , D.C. today",
        '{"LOC": "Washington, D.C."}',
        [("LOC", "Washington, D.C.")],
    ),
    "a list or a name": ("In Paris , Rome and Bonn", '{"LOC": "Paris, Rome"}', "unclear_string"),
    "lines in a single-quoted string": (
        "Ann met Roe .",
        "{'PER': '- Ann\\n- Roe'}",
        [("PER", "Ann"), ("PER", "Roe")],
    ),
    "lines in a string": ("Ann met Roe .", '{"PER": "- Ann\\n- Roe"}', [("PER", "Ann"), ("PER", "Roe")]),
    "an escaped apostrophe": ("O'Neill left .", '{"PER": ["O\\\'Neill"]}', [("PER", "O'Neill")]),
    "an escape that was escaped again": (
        "Caf\u00e9 Noir opened .",
        '{"ORG": ["Caf\\\\u00e9 Noir"]}',
        [("ORG", "Caf\u00e9 Noir")],
    ),
    "an escape of HTML": ("AT&T grew .", '{"ORG": ["AT&amp;T"]}', [("ORG", "AT&T")]),
    "marks and dashes around": ("Ann met Roe .", '{"PER": ["**Ann**", "- Roe"]}', [("PER", "Ann"), ("PER", "Roe")]),
    "a dash that the sentence lacks": ("Ann Roe left .", '{"HERO": ["Ann-Roe"]}', "no_types"),
    "an escaped underline": ("user_name failed .", '{"MISC": ["user\\_name"]}', [("MISC", "user_name")]),
    "a person called Null": ("Christopher Null said no .", '{"PER": ["Null"]}', [("PER", "Null")]),
    "None for an empty list": ("He said none of it .", '{"PER": ["None"]}', []),
    "a number with its type": ("It fell 5 % .", '[[5, "MISC"]]', [("MISC", "5")]),
    "a unit": ("It fell 5 % .", '{"MISC": ["%"]}', [("MISC", "%")]),
    "an emoji": ("I love \U0001f34e .", '{"ORG": ["\U0001f34e"]}', [("ORG", "\U0001f34e")]),
    "a sign that is not there": ("I love it .", '{"ORG": ["%"]}', []),
    "a note behind": ("Rosa left .", '{"PER": ["Rosa (a hire)"]}', [("PER", "Rosa")]),
    "a mention longer than a sentence": ("Ann left .", f'{{"PER": ["{"a" * 2000}"]}}', [("PER", "a" * 2000)]),
    "a quotation mark lost behind a dash": ("Ann left Roe .", 'Result: {"PER": ["Ann-"LOC": ["Roe"]}', "unsure_repair"),
    "prose behind a lost bracket": (
        "Ann left Roe .",
        'Result: {"PER": ["Ann"], "LOC": ["Roe"]\nThese are all.',
        [("PER", "Ann"), ("LOC", "Roe")],
    ),
    "nested too deep": ("Ann left .", "[{'a': " * 150 + "'Ann'" + "}]" * 150, "no_dictionary"),
    "a quotation mark lost": ("Rosa left Mainz .", 'Result: {"PER": ["Rosa, "LOC": ["Mainz"]}', "no_dictionary"),
    "a bracket lost": (
        "Rosa and Paul left Mainz .",
        'Result: {"PER": "Rosa", "Paul"], "LOC": ["Mainz"]}',
        "half_read",
    ),
}


def check(reply: str, words: list[str], names: TypeNames, expected: Outcome) -> None:
    status, mentions, problems = parse_reply(reply, words, names)
    if isinstance(expected, str):
        assert (status, problems) == (Status.FAILED, [expected]), mentions
    else:
        assert (status is Status.FAILED, mentions) == (False, expected), problems


@pytest.mark.parametrize("name", REASONING)
def test_reasoning_is_no_answer(name: str, names: TypeNames) -> None:
    check(REASONING[name][0], SENTENCE.split(), names, REASONING[name][1])


@pytest.mark.parametrize("name", RUN_ON)
def test_what_runs_on_behind_an_answer_is_none(name: str, names: TypeNames) -> None:
    check(RUN_ON[name][0], SENTENCE.split(), names, RUN_ON[name][1])


@pytest.mark.parametrize("name", SEVERAL)
def test_several_dictionaries_belong_together_or_disagree(name: str, names: TypeNames) -> None:
    check(SEVERAL[name][0], SENTENCE.split(), names, SEVERAL[name][1])


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_read_or_the_reply_fails(name: str, names: TypeNames) -> None:
    check(SHAPES[name][0], SENTENCE.split(), names, SHAPES[name][1])


@pytest.mark.parametrize("name", VALUES)
def test_a_value_stays_as_it_is_written(name: str, names: TypeNames) -> None:
    sentence, reply, expected = VALUES[name]
    check(reply, sentence.split(), names, expected)


def test_what_the_prompt_writes_before_a_sentence_begins_another(names: TypeNames) -> None:
    reply = f"Result: {FULL}\n\nSatz: Ann ging .\n{DRAFT}"
    assert parse_reply(reply, SENTENCE.split(), names, labels={"satz"})[1] == ALL


def test_a_name_of_a_type_is_found_in_many_spellings() -> None:
    names = TypeNames({"PER": ["person", "people"], "LOC": ["location"], "CREATIVE-WORK": ["creative work"]})
    for written in ("PER", "per", "Person", "persons", "People (PER)", "2) Person", "PER_1", "PER/person", "type: PER"):
        assert names.find(written) == "PER", written
    assert names.find("creative_work") == "CREATIVE-WORK"
    assert names.find("PER/LOC") is None
    assert names.find("personality") is None
    assert names.find_tag("I-LOC") == ("I", "LOC")
    assert names.find_tag("LOC-B") == ("B", "LOC")
    assert names.find_tag("CREATIVE-WORK") == ("", "CREATIVE-WORK")
