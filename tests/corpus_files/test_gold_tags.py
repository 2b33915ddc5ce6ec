"""Tags in any scheme and spelling: how a file's tags are read, or why not."""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.bio import spans_to_tags
from tinyner.corpus_files.scheme_types import SchemeTypes
from tinyner.corpus_files.tag_spelling import SpellingError, spelling_of
from tinyner.errors import UserError

from .files import gold, reading, write

HEPATITIS = {"HEPATITIS-B": ["hbv"]}


def tags(content: str, folder: Path, **parameters: Any) -> tuple[str, list[str]]:
    """Return the tags of a file of words x and these tags, a sentence, and the notes."""
    types = parameters.pop("types", None)
    used = reading(types, **parameters) if isinstance(types, dict) else reading(**parameters)
    path = write(folder, "a.txt", "".join(f"x {tag}\n" for tag in content.split()))
    ((_, read),) = gold(path, used)
    return read, [str(row["note"]) for row in used.notes.rows()]


# Kind: tags, IOB2 tags, notes.
READ: dict[str, tuple[str, str, list[str]]] = {
    "IOB2": ("B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC", []),
    "IOB1": ("I-PER I-PER O I-LOC B-LOC", "B-PER I-PER O B-LOC B-LOC", ["tags I- read as B-"]),
    "BIOES": (
        "B-PER E-PER S-LOC O",
        "B-PER I-PER B-LOC O",
        ["tags E- read as I-", "tags S- read as B-"],
    ),
    "BILOU": ("B-PER L-PER U-LOC O", "B-PER I-PER B-LOC O", ["tags L- read as I-", "tags U- read as B-"]),
    "BMES": (
        "B-PER M-PER E-PER S-LOC",
        "B-PER I-PER I-PER B-LOC",
        ["tags M- read as I-", "tags E- read as I-", "tags S- read as B-"],
    ),
    "BMEWO": (
        "B-PER M-PER E-PER W-LOC O",
        "B-PER I-PER I-PER B-LOC O",
        ["tags M- read as I-", "tags E- read as I-", "tags W- read as B-"],
    ),
    "an underscore": ("B_PER I_PER O", "B-PER I-PER O", ["tags written B_TYPE read as B-TYPE"]),
    "the type first": ("PER-B PER-I O", "B-PER I-PER O", ["tags written TYPE-B read as B-TYPE"]),
    "the type first, an underscore": ("PER_B PER_I O", "B-PER I-PER O", ["tags written TYPE_B read as B-TYPE"]),
    "the type first, IOB1": (
        "PER-I PER-I O",
        "B-PER I-PER O",
        ["tags written TYPE-B read as B-TYPE", "tags I- read as B-"],
    ),
    "small letters": (
        "b-per i-per o",
        "B-PER I-PER O",
        ["tags in lower case read as in capitals", "tags 'o' read as O"],
    ),
    "types without a position": (
        "PER PER O LOC PER",
        "B-PER I-PER O B-LOC B-PER",
        ["tags without B- and I-, whose neighbours of one type are read as an entity"],
    ),
    "another name of a type": ("B-person I-person O", "B-PER I-PER O", ["tags of type person read as PER"]),
    "another name, another case": (
        "B-PERSON I-Person",
        "B-PER I-PER",
        ["tags of type PERSON read as PER", "tags of type Person read as PER"],
    ),
    "an underscore for O": ("B-PER _ _", "B-PER O O", ["tags '_' read as O"]),
    "a hyphen for O": ("B-PER - -", "B-PER O O", ["tags '-' read as O"]),
    "brackets": ("(PER* *) * (LOC)", "B-PER I-PER O B-LOC", ["tags written (TYPE* read as B-TYPE"]),
}


@pytest.mark.parametrize("kind", READ)
def test_a_kind_is_read_and_noted(kind: str, tmp_path: Path) -> None:
    content, expected, notes = READ[kind]
    assert tags(content, tmp_path) == (expected, notes)


# Kind: tags, message.
REFUSED = {
    "a letter that is none": ("O Z-PER", r"a.txt:2: expected an IOB1, IOB2 or BIOES tag .* found 'Z-PER'"),
    "with and without a position": ("B-PER PER", r"a.txt:2: expected .* found 'PER'"),
    "two spellings": ("B-PER PER-I", r"a.txt:2: expected .* found 'PER-I'"),
    "two separators": ("B-PER I_PER", r"a.txt:2: expected .* found 'I_PER'"),
    "a letter without a type": ("B I O", r"a.txt:1: expected .* found 'B', which names no type"),
    "a type that is empty": ("B-PER I-", r"a.txt:2: expected .* found 'I-', which names no type"),
    "a zero for O": ("B-PER 0", r"a.txt:2: expected .* found '0', a zero; no entity is the letter O"),
    "numbers": ("1 2 0", r"a.txt:\d: tags are numbers, such as"),
    "_ beside O": ("B-PER _ O", r"a.txt:2: expected .* found '_'"),
    "nothing but _": ("_ _", r"a.txt:1: all tags are _, so the sentences have no labels"),
    "an unknown type": ("B-DATE", r"a.txt:1: type DATE is none of the types in params.yaml \(PER, LOC\); add it"),
    "an unknown type without a position": ("PER DATE O", r"a.txt:2: type DATE is none"),
    "BIOES that is not closed": ("S-PER B-PER", r"a.txt:2: the PER entity at the sentence's end has no E- tag"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_kind_is_refused(kind: str, tmp_path: Path) -> None:
    content, message = REFUSED[kind]
    with pytest.raises(UserError, match=message):
        tags(content, tmp_path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("B-HEPATITIS-B I-HEPATITIS-B O", "B-HEPATITIS-B I-HEPATITIS-B O"),
        ("HEPATITIS-B-B HEPATITIS-B-I O", "B-HEPATITIS-B I-HEPATITIS-B O"),
        ("HEPATITIS-B HEPATITIS-B O", "B-HEPATITIS-B I-HEPATITIS-B O"),
        ("B I O", "B-HEPATITIS-B I-HEPATITIS-B O"),  # the scheme's only type
    ],
)
def test_a_type_that_ends_as_a_tag_may_is_never_taken_apart(content: str, expected: str, tmp_path: Path) -> None:
    assert tags(content, tmp_path, types=HEPATITIS)[0] == expected


@pytest.mark.parametrize(
    ("content", "types"),
    [
        ("HEPATITIS-B O", {"HEPATITIS-B": [], "HEPATITIS": []}),
        ("B-S I-S", {"B": [], "I": [], "S": []}),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(content: str, types: dict[str, list[str]], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a.txt:1: tag .* can be read .* or .*; write all tags as B-TYPE"):
        tags(content, tmp_path, types=types)


def test_a_type_is_dropped_by_parameter(tmp_path: Path) -> None:
    read, notes = tags("B-DATE I-DATE B-PER I-DATE O", tmp_path, drop_types=["DATE"])
    assert read == "O O B-PER O O"
    assert notes == ["entities of type DATE dropped"]
    with pytest.raises(UserError, match="type TIME is none"):
        tags("B-TIME", tmp_path, drop_types=["DATE"])


NAMES = st.text(string.ascii_letters + "-_", min_size=1, max_size=6).filter(lambda name: name.strip("-_") == name)
WRITE: dict[str, Callable[[str, str], str]] = {
    "B-T": lambda position, name: f"{position}-{name}",
    "B_T": lambda position, name: f"{position}_{name}",
    "T-B": lambda position, name: f"{name}-{position}",
    "T_B": lambda position, name: f"{name}_{position}",
}


@given(st.lists(NAMES, min_size=1, max_size=4, unique_by=lambda name: name.replace("_", "-").casefold()), st.data())
def test_whatever_the_types_are_called_tags_are_read_rightly_or_refused(names: list[str], data: st.DataObject) -> None:
    """Over types with hyphens and letters of positions in them, in each spelling."""
    positions = data.draw(st.lists(st.sampled_from("BI"), min_size=1, max_size=6))
    labels = data.draw(st.lists(st.sampled_from(names), min_size=len(positions), max_size=len(positions)))
    spelling = data.draw(st.sampled_from(sorted(WRITE)))
    written = [WRITE[spelling](position, label) for position, label in zip(positions, labels, strict=True)]
    types = SchemeTypes({name: [] for name in names})
    refusal, parts = "", {}
    try:
        parts = dict(spelling_of(written, types).parts)
    except SpellingError as error:
        refusal = str(error)
    if refusal:
        assert "can be read" in refusal
        return
    assert [(position, types.find(name)) for position, name in (parts[tag] for tag in written)] == list(
        zip(positions, labels, strict=True)
    )


def test_standard_tags_stay_as_they_are(tmp_path: Path) -> None:
    expected = " ".join(spans_to_tags([(0, 2, "PER"), (2, 3, "PER"), (4, 5, "LOC")], 6))
    assert tags(expected, tmp_path) == (expected, [])
