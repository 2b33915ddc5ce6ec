"""The types, as text, as YAML in all its forms, or of gold labels."""

import re
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.init.scheme import Scheme, SchemeOfTheUser, of_labels
from tinyner.init.scheme_source import read_scheme

MEANINGS = {"DRUG": "a substance", "DOSE": "how much: of it"}
SAME = {
    "types.yaml": "DRUG: a substance\nDOSE: 'how much: of it'\n",
    "params.yaml": "types: {DRUG: [], DOSE: []}\nannotate: {definitions: {DRUG: a substance, DOSE: 'how much: of it'}}",
    "rows.yml": "DRUG: {definition: a substance}\nDOSE: {names: [], definition: 'how much: of it'}\n",
    "definitions.yaml": "types: [DRUG, DOSE]\ndefinitions: {DRUG: a substance, DOSE: 'how much: of it'}\n",
    "mixed.json": '{"types": {"DRUG": "a substance", "DOSE": "how much: of it"}}',
    "tabs.json": '{\n\t"DRUG": "a substance",\n\t"DOSE": "how much: of it"\n}',
    "list.yaml": "- DRUG: a substance\n- DOSE: 'how much: of it'\n",
    "names.yaml": "- name: DRUG\n  definition: a substance\n- {name: DOSE, names: [], definition: 'how much: of it'}\n",
    "mixed.yaml": "- DRUG: {definition: a substance}\n- DOSE: >\n    how much:\n    of it\n",
    "forms.yaml": "- DRUG: a substance\n- name: DOSE\n  definition: 'how much: of it'\n",
    "recipe.yaml": f"title: x\nparams: {{types: [DRUG, DOSE], annotate: {{definitions: {MEANINGS}}}}}\n",
    "whole.yaml": f"types: [DRUG, DOSE]\nprepare: {{seed: 1}}\nannotate: {{samples: 1, definitions: {MEANINGS}}}\n",
}


@pytest.mark.parametrize("name", SAME)
def test_all_forms_of_yaml_say_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(SAME[name])
    assert read_scheme(str(path)) == Scheme({"DRUG": [], "DOSE": []}, MEANINGS)


NAMES = {
    "list.yaml": "- DRUG\n- Drug name\n- NO\n",
    "mapping.yaml": "DRUG:\nDrug name: []\nNO: {}\n",
    "named and bare.yaml": "- name: DRUG\n- Drug name\n- {name: 'NO'}\n",
    "named.yaml": "- name: DRUG\n- name: Drug name\n- name: NO\n",
    "drafts.yaml": "DRUG: 'TODO: say what a DRUG is'\nDrug name:\nNO: ''\n",
}


@pytest.mark.parametrize("name", NAMES)
def test_types_may_be_without_definitions(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(NAMES[name])
    scheme = read_scheme(str(path))
    assert scheme.types == {"DRUG": [], "Drug_name": ["Drug name"], "NO": []}
    assert scheme.undefined == ["DRUG", "Drug_name", "NO"]


@pytest.mark.parametrize("yaml", ["DRUG (drug, medicine): a", "- DRUG: [drug, medicine]", "- DRUG (drug, medicine)"])
def test_other_names_stand_in_a_list_or_in_brackets(yaml: str, tmp_path: Path) -> None:
    (tmp_path / "types.yaml").write_text(yaml)
    assert read_scheme(str(tmp_path / "types.yaml")).types == {"DRUG": ["drug", "medicine"]}


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
        ("PER (person); HUMAN (Person)", "--types: 'Person' names both PER and HUMAN"),
        ("(x): a", "--types: expected TYPE: definition, found '(x): a'"),
        ("DRUG: a medicine, DOSE: how much", "does the type DOSE begin in there? Semicolons part types, DRUG: "),
        ("drug: a medicine, dose size: how much", "does the type dose size begin in there?"),
        ("DRUG: a medicine DOSE: how much", "does the type DOSE begin in there?"),
        ("DRUG: a medicine / DOSE: how much", "does the type DOSE begin in there?"),
        ("人名：人の名前、地名：場所", "does the type 地名 begin in there?"),  # noqa: RUF001
        ("DRUG - a medicine; DOSE - how much", "'DRUG - a medicine': a colon stands between a type and its definition"),
        ("DRUG: a medicine; DOSE \u2013 how much", "write DOSE: how much"),
        ("DRUG -> a medicine", "write DRUG: a medicine"),
        ("DRUG is a medicine, DOSE", "'DRUG is a medicine': is it a type, or does a definition go on here?"),
        ("DRUG: a substance; or a medicine", "'or a medicine': is it a type, or does a definition go on here?"),
        (" ; ", "--types: expected types, found none"),
        ("none.yaml", "--types: none.yaml can't be read: No such file or directory"),
        ("folder.yaml", "--types: folder.yaml can't be read: Is a directory"),
        (
            "types.txt",
            "--types: types.txt looks like the path of a file; types are read from a file that ends in .yaml",
        ),
        ("typs.txt", "--types: typs.txt looks like the path of a file, and there is no such file; types are read from"),
        ("./types", "--types: ./types looks like the path of a file, and there is no such file"),
        ("..\\types", "looks like the path of a file, and there is no such file"),
        ("~/types", "looks like the path of a file"),
        (
            "folder",
            "--types: folder is a folder here; types are read from a file that ends in .yaml, .yml or .json; a ty",
        ),
        ("plain", "--types: plain is a file here; types are read from"),
        ("https://example.org/types", "--types: https://example.org/types looks like the path of a file; types are"),
    ],
)
def test_text_that_is_no_types(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("types.txt", "plain"):
        (tmp_path / name).write_text("DRUG: a substance\n")
    for name in ("folder", "folder.yaml"):
        (tmp_path / name).mkdir()
    with pytest.raises(UserError, match=re.escape(message)):
        read_scheme(text)


def test_a_type_may_be_called_as_a_file_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    assert read_scheme("data:").types == read_scheme("data: a figure").types == {"data": []}
    assert list(read_scheme("data, GPE/LOC").types) == ["data", "GPE/LOC"]


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("types: {A: 3}", "types.yaml:1: A: expected a definition, a list of other names, or {names: [...]"),
        ("3", "types.yaml:1: expected types with their definitions"),
        ("", "types.yaml: expected types with their definitions"),
        (
            "A:a thing\nB:b\n",
            "TYPE: what it is (with a blank behind the colon), or a list of types, found 'A:a thing B:b'",
        ),
        (
            "types: [A]\ndefinitions: {B: x}",
            "types.yaml:2: definitions: expected TYPE: definition, of the types A, fou",
        ),
        ("A: x\nA: y", "types.yaml:2: not valid YAML: A stands twice"),
        ("[A]: x", "types.yaml: not valid YAML: unhashable type"),
        ("A: [", "types.yaml:1: not valid YAML: expected the node content"),
        ("- A\n- B\n- A\n", "types.yaml:3: 'A' stands twice"),
        ("A: [thing]\nB: [Thing]\n", "types.yaml:2: 'Thing' names both A and B"),
        ("- [A]\n", "types.yaml:1: expected a type, TYPE: what it is, or {name: ..., definition: ...}, found ['A']"),
        ("- A: a\n  B: b\n", "types.yaml:1: expected a type, TYPE: what it is, or"),
        ("- name: A\n- B: b\n- {name: C}\n- D: d\n  E: e\n", "types.yaml:4: expected a type, TYPE: what it is, or"),
        ("- name: A\n  about: a\n", "types.yaml:2: A: about is not read; expected a definition, a list of other names"),
        ("A: a\nB:\n  description: b\n", "types.yaml:3: B: description is not read; did you mean definition?"),
        ("- name: A\n  synonyms: [a]\n", "types.yaml:2: A: synonyms is not read; did you mean names?"),
        ("entities:\n  A: a\n  B: b\n", "types.yaml:1: entities would be a type of this name; the key above types is"),
        ("# mine\nlabels: [A, B]\n", "types.yaml:2: labels would be a type of this name; the key above types is types"),
        ("A: a\nB: how much: of it\n", "types.yaml:2: not valid YAML: mapping values are not allowed here; a text"),
        ("- name: A\n- B\n", "types.yaml:1: is A the name of a type, or what a name is? Write - A, or - name: {def"),
        ("A: a\nB how much\nC: c\n", "types.yaml:2: not valid YAML: could not find expected ':'; this line has no"),
        ("A: 'a\nB: b\n", "types.yaml:1: not valid YAML: found unexpected end of stream; a quote that opens here"),
        ("- A\n- DRUG - a medicine\n", "types.yaml:2: 'DRUG - a medicine': a colon stands between a type and its"),
        (
            "- 'A: a thing'\n",
            "types.yaml:1: expected a type, found 'A: a thing'; write TYPE: what it is, without quotes",
        ),
        ("A: a\nB: {definition: [a, b]}\n", "types.yaml:2: B: expected a definition as text, found ['a', 'b']"),
        ("B: {names: way}\n", "types.yaml:1: B: expected other names as a list of texts, found 'way'"),
        ("B: [1, 2]\n", "types.yaml:1: B: expected other names as a list of texts, found [1, 2]"),
        ("A: a\n2: b\n", "types.yaml:2: expected the name of a type, found 2; text goes between quotes"),
        ("- true\n", "types.yaml:1: expected a type, TYPE: what it is, or"),
        ("A: a\n'--': b\n", "types.yaml:2: '--' is no name of a type"),
        ("types: [A]\nannotate: 5\n", "types.yaml:2: annotate: expected {definitions: ...}, found 5"),
        (
            "types: [A]\nannotate:\n  definitions: [a]\n",
            "types.yaml:3: definitions: expected TYPE: definition, found [",
        ),
        (
            "types: [A]\nannotate:\n  definitions:\n    A: 5\n",
            "types.yaml:4: A: expected a definition as text, found 5",
        ),
        ("types: [A]\ndefinition: {A: a}\n", "types.yaml:2: definition is not read beside types; known here: types, d"),
        ("types: {A: a}\ndefinitions: {A: b}\n", "types.yaml:2: A has two definitions; keep one of them"),
        ("types:\n", "types.yaml:1: expected types with their definitions"),
    ],
)
def test_yaml_that_is_no_types(yaml: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "types.yaml"
    path.write_text(yaml)
    with pytest.raises(UserError, match=re.escape(message)) as raised:
        read_scheme(str(path))
    assert "\n" not in str(raised.value)


def test_json_that_is_no_types(tmp_path: Path) -> None:
    path = tmp_path / "types.json"
    path.write_text('{"A": "a",\n "A": "b"}')
    with pytest.raises(UserError, match=r"types\.json: not valid JSON: the key 'A' stands twice"):
        read_scheme(str(path))
    path.write_text('{"A": "a",\n')
    with pytest.raises(UserError, match=r"types\.json: not valid JSON: .* line 2 column 1"):
        read_scheme(str(path))


def test_a_type_that_is_not_in_the_scheme_is_to_be_added_to_the_flag() -> None:
    message = SchemeOfTheUser({"DRUG": []}).unknown("PER")
    assert message.startswith("type PER is none of --types (DRUG); add it there")
    assert "-S 'prepare.drop_types=[PER]'" in message


def test_types_of_labels_that_differ_in_case_only_are_one() -> None:
    assert of_labels({"per": 2, "PER": 5, "LOC": 6}, "gold").types == {"PER": ["per"], "LOC": []}
    with pytest.raises(UserError, match="gold: has no entity"):
        of_labels({}, "gold")
