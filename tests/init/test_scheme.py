"""The types, as text, as YAML in all its forms, or of gold labels."""

import re
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.init.scheme import Scheme, SchemeOfTheUser, of_labels, read_scheme

MEANINGS = {"DRUG": "a substance", "DOSE": "how much: of it"}
SAME = {
    "types.yaml": "DRUG: a substance\nDOSE: 'how much: of it'\n",
    "params.yaml": "types: {DRUG: [], DOSE: []}\nannotate: {definitions: {DRUG: a substance, DOSE: 'how much: of it'}}",
    "rows.yml": "DRUG: {definition: a substance}\nDOSE: {names: [], definition: 'how much: of it'}\n",
    "definitions.yaml": "types: [DRUG, DOSE]\ndefinitions: {DRUG: a substance, DOSE: 'how much: of it'}\n",
    "mixed.json": '{"types": {"DRUG": "a substance", "DOSE": "how much: of it"}}',
}


@pytest.mark.parametrize("name", SAME)
def test_all_forms_of_yaml_say_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(SAME[name])
    assert read_scheme(str(path)) == Scheme({"DRUG": [], "DOSE": []}, MEANINGS)


def test_types_as_text() -> None:
    scheme = read_scheme("DRUG (drug, medicine): a substance; DOSE:  how much: of it ;")
    assert scheme.types == {"DRUG": ["drug", "medicine"], "DOSE": []}
    assert scheme.definitions == MEANINGS
    assert read_scheme("DRUG, DOSE (amount, size)").types == {"DRUG": [], "DOSE": ["amount", "size"]}
    assert read_scheme("Drug name: a substance").types == {"Drug_name": ["Drug name"]}


def test_types_as_text_in_the_signs_of_other_scripts() -> None:
    scheme = read_scheme("人名\uff08PER、person\uff09\uff1a人の名前: 姓も。\uff1b地名\uff1a場所")
    assert scheme.types == {"人名": ["PER", "person"], "地名": []}
    assert scheme.definitions == {"人名": "人の名前: 姓も。", "地名": "場所"}
    assert read_scheme("人名、地名\uff08場所、国\uff09").types == {"人名": [], "地名": ["場所", "国"]}
    assert list(read_scheme("شخص، مكان").types) == ["شخص", "مكان"]


def test_marks_make_other_names_of_types() -> None:
    assert of_labels({"कल": 2, "कला": 1}, "").types == {"कल": [], "कला": []}


def test_what_has_no_definition_gets_a_draft() -> None:
    scheme = read_scheme("DRUG: a substance; DOSE")
    assert scheme.undefined == ["DOSE"]
    assert scheme.all_definitions == {"DRUG": "a substance", "DOSE": "TODO: say what a DOSE is"}
    assert scheme.defined({"DOSE": "how much"}).undefined == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("DRUG: a; DRUG: b", "--types: 'DRUG' stands twice"),
        ("(x): a", "--types: expected TYPE: definition, found '(x): a'"),
        (" ; ", "--types: expected types, found none"),
        ("none.yaml", "--types: none.yaml can't be read: No such file or directory"),
    ],
)
def test_text_that_is_no_types(text: str, message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        read_scheme(text)


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("types: {A: 3}", "types.yaml: types: A: expected a definition, a list of other names, or {names: [...]"),
        ("3", "types.yaml: expected types with their definitions"),
        ("types: [A]\ndefinitions: {B: x}", "types.yaml: definitions: expected TYPE: definition, of the types A"),
        ("A: x\nA: y", "types.yaml: not valid YAML"),
    ],
)
def test_yaml_that_is_no_types(yaml: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "types.yaml"
    path.write_text(yaml)
    with pytest.raises(UserError, match=re.escape(message)):
        read_scheme(str(path))


def test_a_type_that_is_not_in_the_scheme_is_to_be_added_to_the_flag() -> None:
    message = SchemeOfTheUser({"DRUG": []}).unknown("PER")
    assert message.startswith("type PER is none of --types (DRUG); add it there")
    assert "-S 'prepare.drop_types=[PER]'" in message


def test_types_of_labels_that_differ_in_case_only_are_one() -> None:
    assert of_labels({"per": 2, "PER": 5, "LOC": 6}, "gold").types == {"PER": ["per"], "LOC": []}
    with pytest.raises(UserError, match="gold: has no entity"):
        of_labels({}, "gold")
