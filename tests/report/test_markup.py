"""No text that is written into the page becomes markup."""

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinyner.report.markup import Markup, element, joined, number


@given(st.text(alphabet="<>&\"'abc=/; "))
@example("&amp;")
@example('"><script>')
def test_text_stays_text(text: str) -> None:
    inside = str(element("p", text, title=text)).removeprefix('<p title="').removesuffix("</p>")
    attribute, end, content = inside.partition('">')
    assert end
    assert html.unescape(attribute) == html.unescape(content) == text
    assert not set(attribute + content) & set("<>\"'")


def test_an_attribute_is_escaped_even_where_it_is_markup() -> None:
    assert element("p", title=Markup('"><b>')) == '<p title="&#34;&gt;&lt;b&gt;"></p>'


def test_elements_nest_and_nothing_is_left_out() -> None:
    assert element("td", element("strong", "1 < 2"), " & ", None) == "<td><strong>1 &lt; 2</strong> &amp; </td>"
    assert element("br") == "<br>"
    assert element("input", disabled=True, hidden=False, data_key=None) == "<input disabled>"
    assert joined(["a", Markup("<b>"), None]) == "a<b>"


def test_markup_and_text_join_to_escaped_text() -> None:
    assert element("b", "a") + "<i>" == "<b>a</b>&lt;i&gt;"


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.005, "0.01"), (-0.0001, "0"), (120.0, "120"), (2.5, "2.5")])
def test_coordinates_are_short(value: float, text: str) -> None:
    assert number(value) == text
