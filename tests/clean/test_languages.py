"""Replies with types and labels in other scripts."""

# ruff: noqa: RUF001, the signs are what is tested

import pytest

from tinyner.clean.parse import Status, parse_reply
from tinyner.clean.type_names import TypeNames
from tinyner.words import words_of

HINDI, JAPANESE = "सीता देवी मुंबई से गईं।", "佐藤花子さんが京都へ行った。"
NAMES = {
    HINDI: TypeNames({"व्यक्ति": [], "स्थान": []}),
    JAPANESE: TypeNames({"人名": [], "地名": []}),
}
MENTIONS = {
    HINDI: [("व्यक्ति", "सीता देवी"), ("स्थान", "मुंबई")],
    JAPANESE: [("人名", "佐藤花子"), ("地名", "京都")],
}


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        (HINDI, 'Result: {"व्यक्ति": ["सीता देवी"], "स्थान": ["मुंबई"]}'),
        (HINDI, "व्यक्ति: सीता देवी\nस्थान: मुंबई"),
        (HINDI, "{व्यक्ति => ['सीता देवी'], स्थान => ['मुंबई']}"),
        (HINDI, "{'व्यक्ति': ['सीता देवी'], 'स्थान': ['मुंबई']"),
        (HINDI, "<व्यक्ति>सीता देवी</व्यक्ति> <स्थान>मुंबई</स्थान> से गईं।"),
        (HINDI, '{"entities": [[0, 9, "व्यक्ति"], [10, 15, "स्थान"]]}'),
        (HINDI, 'Result: {"व्यक्ति": ["सीता देवी"], "स्थान": ["मुंबई"]}\n\nवाक्य: राम आया।\nResult: {"व्यक्ति": ["राम"]}'),
        (JAPANESE, 'Result: {"人名": ["佐藤花子"], "地名": ["京都"]}'),
        (JAPANESE, "人名：佐藤花子\n地名：京都"),
        (JAPANESE, '結果は次のとおりです。\nResult：{"人名": ["佐藤花子"], "地名": ["京都"]}'),
        (JAPANESE, '{"entities": [{"start": 0, "end": 4, "label": "人名"}, {"start": 7, "end": 9, "label": "地名"}]}'),
        (JAPANESE, "<人名>佐藤花子</人名>さんが<地名>京都</地名>へ行った。"),
        (JAPANESE, '[["佐", "B-人名"], ["藤", "I-人名"], ["花", "I-人名"], ["子", "I-人名"], ["京都", "地名"]]'),
        (JAPANESE, 'Result: {"人名": ["佐藤花子"], "地名": ["京都"]}\n\n文：東京へ。\nResult: {"地名": ["東京"]}'),
    ],
)
def test_shapes(text: str, reply: str) -> None:
    written = text if text == JAPANESE else None
    status, mentions, problems = parse_reply(reply, words_of(text), NAMES[text], text=written, labels={"文", "वाक्य"})
    assert status != Status.FAILED, problems
    assert [(label, "".join(name.split()) if written else name) for label, name in mentions] == MENTIONS[text]
    assert (status == Status.OK) is (reply.startswith("Result: ") and "\n" not in reply)
