"""YAML by libyaml: the same values as by PyYAML, or the same mistake."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tinyner.params import Loader, read_yaml
from tinyner.quick_yaml import is_shallow, read_texts, read_values

assert yaml.__with_libyaml__  # else PyYAML is held against itself here

PARAMS = Path("params.yaml").read_text(encoding="utf-8")[:1500]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner))


def by_pyyaml(text: str) -> object:
    return yaml.load(text, Loader)


def by_libyaml(text: str) -> object:
    return read_values(text, Loader)


def value_or_mistake(read: object, text: str) -> object:
    """Return what is read, or the mistake."""
    try:
        return read(text)  # type: ignore[operator]
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        return str(error)


@settings(deadline=None, max_examples=50)
@given(VALUES, st.booleans())
def test_any_document_is_read_as_by_pyyaml(value: object, flow: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    assert is_shallow(text)
    assert by_libyaml(text) == read_yaml(text) == by_pyyaml(text)
    assert read_texts(text) == yaml.load(text, yaml.BaseLoader)


@settings(deadline=None, max_examples=60)
@example(397, "|")
@example(0, "\ufeff")
@given(st.integers(0, len(PARAMS) - 1), st.sampled_from([*"\t :-?[]{}'\"#&*!|>%@`\n01e.", "\u2028", "\ufeff", "é", ""]))
def test_a_file_with_a_wrong_sign_is_read_or_refused_as_by_pyyaml(place: int, sign: str) -> None:
    text = PARAMS[:place] + sign + PARAMS[place + 1 :]
    assert value_or_mistake(by_libyaml, text) == value_or_mistake(by_pyyaml, text)


@pytest.mark.parametrize("text", ["a: [b?c]\n", "{a: what?}", "[http://x/y?z=1]", "a: 1\n\ufeffb: 2\n", "a: |#c\n b\n"])
def test_where_the_two_differ_it_is_pyyamls(text: str) -> None:
    assert value_or_mistake(by_libyaml, text) == value_or_mistake(by_pyyaml, text)


@pytest.mark.parametrize("text", [sign * 50_000 for sign in ("[", "{a: ", "- ", "-\t", "? ", "a: ")])
def test_what_is_nested_too_deep_for_libyaml_does_not_reach_it(text: str) -> None:
    assert not is_shallow(text)
    for read in (by_libyaml, read_texts):
        with pytest.raises((yaml.YAMLError, RecursionError)):
            read(text)
