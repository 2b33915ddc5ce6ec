"""params.yaml with other values: comments and all else stay, and what stands there is what is meant."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tinyner.errors import UserError
from tinyner.init import parameters
from tinyner.init.yaml_document import DVCS_WIDTH, dumped, editor_of, put
from tinyner.params import read_yaml

TEXT = (ROOT / "params.yaml").read_text()
SOME = TEXT[: TEXT.index("prepare:")] + TEXT[TEXT.index("annotate:") : TEXT.index("  annotators:")]
NAMES = st.text(st.sampled_from("AbÄ日-_é1"), min_size=1, max_size=6).filter(lambda name: name.strip("-") == name)
WORDS = st.text(st.sampled_from("a:#'\"é{}[]%&*!|>- 1\\,.?"), max_size=100)


def comments(text: str) -> list[str]:
    return re.findall(r"#.*", text)


@settings(max_examples=40)
@given(st.dictionaries(NAMES, st.tuples(st.lists(WORDS, max_size=3), WORDS), min_size=1, max_size=5))
def test_any_scheme_is_written_without_loss(scheme: dict[str, tuple[list[str], str]]) -> None:
    types = {name: others for name, (others, _) in scheme.items()}
    definitions = {name: definition for name, (_, definition) in scheme.items()}
    editor = editor_of(DVCS_WIDTH)
    document: Any = editor.load(SOME)
    put(document, "types", types)
    put(document, "annotate.definitions", definitions)
    text = dumped(editor, document)
    expected = read_yaml(SOME)
    expected["types"], expected["annotate"]["definitions"] = types, definitions
    content = read_yaml(text)
    assert content == expected
    assert list(content["types"]) == list(types)
    assert [line for line in comments(SOME) if line not in text] == []


def test_only_what_is_changed_changes() -> None:
    text, params = parameters.rewritten(TEXT, {"train.lr": 1e-4, "annotate.examples": "mine", "prepare.seed": 42})
    lines = set(text.splitlines()) - set(TEXT.splitlines())
    assert len(lines) == 2
    assert "  lr: 0.0001" in lines
    assert params.train.lr == 1e-4
    assert parameters.rewritten(TEXT, {})[0] == TEXT


def test_a_list_keeps_its_comment() -> None:
    text, params = parameters.rewritten(TEXT, {"prepare.drop_types": ["DATE", "TIME"]})
    assert re.search(r"  drop_types: # entity types of your files .*\n  - DATE\n  - TIME\n  span_edges: ", text)
    assert params.prepare.drop_types == ["DATE", "TIME"]


def test_the_order_of_types_is_a_change() -> None:
    types = {"PER": ["person"], "LOC": []}
    text, _ = parameters.rewritten(TEXT, {"types": types, "annotate.definitions": {}})
    turned, params = parameters.rewritten(text, {"types": dict(reversed(types.items()))})
    assert list(params.types) == ["LOC", "PER"]
    assert turned != text


def test_blank_lines_and_comments_behind_a_section_stay() -> None:
    text = TEXT.replace("  - human\nprepare:", "  - human\n\n# Behind the types.\n\nprepare:")
    changed, _ = parameters.rewritten(text, {"types": {"PER": [], "DOSE": []}, "annotate.definitions": {}})
    assert "  PER: []\n  DOSE: []\n\n# Behind the types.\n\nprepare:" in changed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train.epoch": 3}, "train.epoch is no known key; did you mean epochs?"),
        ({"training.epochs": 3}, "training.epochs is no known key; there is no section training"),
        ({"train.epochs": "x"}, "train.epochs: input should be a valid integer"),
    ],
)
def test_a_change_that_is_none_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        parameters.rewritten(TEXT, changes)


def test_files_are_read_by_what_the_user_says_and_not_by_the_last_project() -> None:
    before = TEXT.replace("  tag_column:", "  tag_column: 9").replace("drop_types: []", "drop_types: [DATE]")
    assert parameters.prepare_of(before, {}).tag_column is None
    changes = {"prepare.tag_column": 2, "prepare.drop_types": ["PER"], "train.epochs": "x"}
    prepare = parameters.prepare_of(before, changes)
    assert (prepare.tag_column, prepare.drop_types) == (2, ["PER"])
    with pytest.raises(UserError, match=r"prepare\.tag_colum is no known key; did you mean tag_column"):
        parameters.prepare_of(before, {"prepare.tag_colum": 2})


def test_nobody_is_sent_texts_whom_the_user_did_not_choose() -> None:
    _, params = parameters.rewritten(TEXT, {})
    assert params.annotate.annotator == "claude"
    assert parameters.chosen_annotator(params, {}) is None
    assert parameters.chosen_annotator(params, {"annotate.annotator": "openai"}) == "openai"
    _, params = parameters.rewritten(TEXT, {"annotate.annotator": "local"})
    assert parameters.chosen_annotator(params, {}) is None  # it was chosen for other texts
    choices = "openai, local, smollm2; params.yaml has local, of before"
    assert parameters.annotator_needed(params) == f"--annotator NAME ({choices})"


def test_a_server_is_one_of_an_annotator_that_is_asked() -> None:
    _, params = parameters.rewritten(TEXT, {})
    changes = parameters.server_changes("http://gpu:8000/v1", "qwen3", "local", params)
    _, params = parameters.rewritten(TEXT, changes)
    local = params.annotate.annotators["local"]
    assert (local.base_url, local.model) == ("http://gpu:8000/v1", "qwen3")
    assert parameters.server_changes("http://gpu:8000/v1", "qwen3", ["claude", "local"], params) == changes
    assert parameters.server_changes(None, None, "claude", params) == {}
    with pytest.raises(UserError, match="of an LLM that is asked, and claude is none; name one: --annotator"):
        parameters.server_changes(None, "qwen3", "claude", params)
