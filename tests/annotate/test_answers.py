"""What of a response's message is its answer."""

import json
from typing import Any

import pytest

from tinyner.annotate.answers import Answer, answer_of

ARGUMENTS = '{"PER": ["Rosa"]}'

MESSAGES: dict[str, tuple[dict[str, Any], str]] = {
    "a string": ({"content": "Result: {}"}, "Result: {}"),
    "parts": ({"content": [{"type": "text", "text": "Result: "}, {"type": "output_text", "text": "{}"}]}, "Result: {}"),
    "parts with reasoning": (
        {"content": [{"type": "thinking", "text": ARGUMENTS}, {"type": "text", "text": "Result: {}"}]},
        "Result: {}",
    ),
    "parts of reasoning alone": ({"content": [{"type": "reasoning", "text": ARGUMENTS}]}, ""),
    "reasoning beside it": ({"content": "Result: {}", "reasoning_content": ARGUMENTS}, "Result: {}"),
    "reasoning beside an empty content": ({"content": None, "reasoning_content": ARGUMENTS}, ""),
    "a tool call": ({"content": None, "tool_calls": [{"function": {"arguments": ARGUMENTS}}]}, ARGUMENTS),
    "a tool call, its arguments as an object": (
        {"content": "", "tool_calls": [{"function": {"arguments": {"PER": ["Ézé"]}}}]},
        '{"PER": ["Ézé"]}',
    ),
    "several tool calls": (
        {"content": None, "tool_calls": [{"function": {"arguments": '{"a": 1}'}}, {"function": {"arguments": "{}"}}]},
        '{"a": 1}\n{}',
    ),
    "a function call": ({"content": None, "function_call": {"name": "x", "arguments": ARGUMENTS}}, ARGUMENTS),
    "a tool call without arguments": ({"content": None, "tool_calls": [{"function": {}}, "x", None]}, ""),
    "a refusal": ({"content": None, "refusal": "I can't."}, "I can't."),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_has_this_answer(name: str) -> None:
    message, text = MESSAGES[name]
    answer = answer_of(json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode())
    assert isinstance(answer, Answer)
    assert answer.text == text
