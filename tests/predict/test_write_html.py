"""The page: everything escaped, no script, and the texts as they were."""

from html.parser import HTMLParser

from hypothesis import given, strategies

from tests.predict.made import counts_of, made
from tinyner.predict.labelling import Labelled
from tinyner.predict.write_html import Html
from tinyner.terminal import harmless


class Page(HTMLParser):
    """Texts of the page: of paragraphs without labels, of marks, and which tags and attributes there are."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.marks: list[tuple[str, str, str]] = []  # text, type, score
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(content.partition("<main>")[2].partition("</main>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"class", "title", "dir"}
        self.open.append(tag)
        self.tags.add(tag)
        if tag == "span":
            self.texts.append("")
        if tag == "mark":
            self.marks.append(("", "", ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        place = {"mark": 0, "b": 1, "small": 2}.get(self.open[-1]) if self.open else None
        if self.open and self.open[-1] in ("span", "mark"):
            self.texts[-1] += data
        if place is not None:
            parts = list(self.marks[-1])
            parts[place] += data
            self.marks[-1] = (parts[0], parts[1], parts[2])


def page_of(*texts: Labelled, title: str = "in.txt") -> str:
    writer = Html(title)
    counts = counts_of(*texts)
    return (writer.begin() + writer.block(texts, counts) + writer.end(counts)).decode()


def test_entities_are_marked_and_all_is_escaped() -> None:
    content = page_of(
        made('<b>Tony & Co</b> "in" Rome', ("Tony & Co", "P<R", 0.9989), ("Rome", "LOC"), file="<i>.txt", line=7),
        title="<script>",
    )
    page = Page(content)
    assert page.texts == ['<b>Tony & Co</b> "in" Rome']
    assert page.marks == [("Tony & Co", "P<R", ".99"), ("Rome", "LOC", "")]
    assert page.tags == {"p", "a", "span", "mark", "b", "small"}
    for part in ("<script", "<i>", "http:", "https:", "src=", "@import", "url("):
        assert part not in content
    assert "&lt;script&gt;" in content
    assert "&lt;i&gt;.txt:7" in content
    assert 'title="P&lt;R 3\u201312, score 0.9989"' in content
    assert "1 text, 1 sentence, 2 entities" in content


@given(strategies.text(min_size=1, max_size=30), strategies.integers(0, 29), strategies.integers(1, 30))
def test_the_page_has_each_text_as_it_was(text: str, start: int, length: int) -> None:
    part = text[start : start + length]
    labelled = made(text, *([(part, "PER", 0.5)] if part else []))
    assert Page(page_of(labelled)).texts == [harmless(text)]
