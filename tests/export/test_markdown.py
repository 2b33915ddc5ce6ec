"""A card stays a card whatever names, types and parameters are in it."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tinyner.export.markdown import code, link, plain

PARTS = ["<script>", "](http://a)", "`", "|", "\n# ", "\n---\n", "![", "&lt;", "*", "\\", "a", "https://a.b/c"]
texts = st.one_of(st.text(), st.lists(st.sampled_from(PARTS)).map("".join))


@given(texts)
def test_a_plain_text_is_a_text(text: str) -> None:
    tokens = MarkdownIt().enable("table").parse(f"* a {plain(text)}")
    assert {kind.type for token in tokens for kind in (token, *(token.children or ()))} <= {
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("paragraph_open", "paragraph_close", "inline", "text", "text_special"),
    }


@given(texts)
def test_code_and_links_end_where_they_should(text: str) -> None:
    (paragraph,) = [token for token in MarkdownIt().parse(f"a {code(text)} b") if token.type == "inline"]
    assert [child.type for child in paragraph.children or ()] == ["text", "code_inline", "text"]
    linked = link(text, "https://h/", text)
    (paragraph,) = [token for token in MarkdownIt().parse(f"a {linked} b") if token.type == "inline"]
    links = [str(child.attrs["href"]) for child in paragraph.children or () if child.type == "link_open"]
    assert [address[:10] for address in links] == ["https://h/"]
