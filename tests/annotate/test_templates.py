"""Whatever sentences, types, definitions and examples hold: the prompt has the sentence verbatim, once, in place."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.annotate.templates import Shot, Template, load
from tinyner.errors import UserError
from tinyner.prompts import FIELD
from tinyner.rows import Sentence

PIECES = (
    "{sentence}",
    "{types}",
    "{types|, | or }",
    "{definitions}",
    "{examples}",
    "{",
    "}",
    "{}",
    "\\1",
    "\\g<0>",
    "%s",
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=5).map("".join)
FIELDS = ("{types}", "{types| / }", "{definitions}", "{examples}\n\n", "{reasoned_examples}")
TEMPLATES = st.lists(st.sampled_from(FIELDS) | st.text(st.characters(exclude_characters="{}"), max_size=8), max_size=6)


@st.composite
def schemes(draw: st.DrawFn) -> tuple[dict[str, list[str]], dict[str, str], list[Shot]]:
    """Types with other names, their definitions, and examples."""
    types = draw(st.dictionaries(TEXTS.filter(str.strip), st.lists(TEXTS, max_size=2), min_size=1, max_size=3))
    definitions = {name: draw(TEXTS.filter(str.strip)) for name in types}
    shots = [
        Shot(draw(TEXTS), {name: [draw(TEXTS)] for name in types}, "since") for _ in range(draw(st.integers(0, 2)))
    ]
    return types, definitions, shots


@given(TEMPLATES, TEMPLATES, schemes(), st.lists(TEXTS, min_size=1, max_size=3))
def test_the_sentence_stands_there_once_and_nothing_else_changes(
    before: list[str],
    after: list[str],
    scheme: tuple[dict[str, list[str]], dict[str, str], list[Shot]],
    sentences: list[str],
) -> None:
    template = Template(Path("prompts/x.txt"), f"{''.join(before)}{FIELD}{''.join(after)}")
    types, definitions, shots = scheme
    if FIELD in f"{types}{definitions}{shots}" and template.fields:
        with suppress(UserError):  # of a field that is not in this template
            assert template.render(*scheme).text.count(FIELD) == 1
        return
    prompt = template.render(*scheme)
    front, back = prompt.text.split(FIELD)
    for text in sentences:
        sentence: Sentence = {"id": "a", "words": text.split(" "), "tags": [], "text": text}
        if text:
            assert prompt.fill(sentence) == f"{front}{text}{back}"


@pytest.mark.parametrize("where", ["types", "definitions", "examples"])
def test_a_second_place_for_the_sentence_is_refused(where: str) -> None:
    types = {"A": ["{sentence}"]} if where == "types" else {"A": []}
    definitions = {"A": "what {sentence} names" if where == "definitions" else "a thing"}
    shots = [Shot("{sentence}" if where == "examples" else "x", {})]
    template = load("scheme")
    with pytest.raises(UserError, match=r"stands there [23] times, which is the place of the sentence"):
        template.render(types, definitions, shots)
