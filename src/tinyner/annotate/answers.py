"""The outcome of a request: an answer, or a fault that says whether to ask again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

# Codes of HTTP 400 that this sentence would get on every try: stored as its answer.
UNANSWERABLE = {"content_filter", "content_policy_violation", "context_length_exceeded", "string_above_max_length"}
_TEXT_PARTS = {"text", "output_text"}  # parts of any other type are reasoning, or no text
NO_MONEY = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "credits_exhausted"}


@dataclass(frozen=True)
class Answer:
    """What an endpoint answered: the text, why it ended, and token counts where the server sent them."""

    text: str
    finish_reason: str
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None

    def redacted(self, key: str | None) -> "Answer":
        """Return the answer without the API key, which a server may echo."""
        if not key:
            return self
        text, reason = (part.replace(key, "[key]") for part in (self.text, self.finish_reason))
        return replace(self, text=text, finish_reason=reason)


@dataclass(frozen=True)
class Fault:
    """A request that gave no answer.

    Attributes:
        kind: the same for the same cause.
        message: what went wrong, for people.
        transient: another try may succeed.
        fatal: every other request would fail as well.
        billed: the request may have been paid for.
        limited: the server refused it for its rate limit, which is no failure.
        unreached: no server was there to connect to.
        wait: seconds that the server asks to wait.
    """

    kind: str
    message: str
    transient: bool = False
    fatal: bool = False
    billed: bool = False
    limited: bool = False
    unreached: bool = False
    wait: float | None = None


def answer_of(content: bytes | Mapping[str, Any]) -> Answer | Fault:
    """Return the answer in a response's body, a fault where it has none; any shape of JSON may come."""
    completion: Any = content
    if isinstance(content, bytes):
        try:
            completion = json.loads(content)
        except (ValueError, RecursionError):
            return Fault("no completion", "sent no completion: its body is no JSON", transient=True, billed=True)
    completion = completion if isinstance(completion, dict) else {}
    choices = completion.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        why = error_fields(completion).get("message") if completion.get("error") else None  # under a status of 200
        problem = f"sent no completion: {why or 'no choices with a message in it'}"
        return Fault("no completion", problem, transient=True, billed=True)
    text = _text(message.get("content")) or _arguments(message) or _text(message.get("refusal"))
    reason, usage = choice.get("finish_reason"), completion.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("prompt_tokens_details")
    return Answer(
        text,
        reason if isinstance(reason, str) else "",
        _count(usage.get("prompt_tokens")),
        _count(details.get("cached_tokens")) if isinstance(details, dict) else None,
        _count(usage.get("completion_tokens")),
    )


def error_fields(error: Any) -> Mapping[str, Any]:
    """Return an error's fields: OpenAI's, vLLM's (inside another ``error``), or a text as ``message``."""
    inner = error.get("error") if isinstance(error, dict) else None
    error = inner or error
    return error if isinstance(error, dict) else {"message": error} if isinstance(error, str) else {}


def _count(value: object) -> int | None:
    """Return a number of tokens, None where the value is no count or larger than a float holds exactly."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _text(content: object) -> str:
    """Return a message's content: a string, or the joined texts of its parts, without those of its reasoning."""
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict) and part.get("type", "text") in _TEXT_PARTS]
        texts = [part.get("text") for part in parts]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _arguments(message: Mapping[str, Any]) -> str:
    """Return the arguments of a message's tool calls, as JSON: for a model that answers by calling a function."""
    calls = message.get("tool_calls")
    calls = calls if isinstance(calls, list) else [{"function": message.get("function_call")}]
    functions = [call.get("function") for call in calls if isinstance(call, dict)]
    arguments = [function.get("arguments") for function in functions if isinstance(function, dict)]
    return "\n".join(
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in arguments if value
    )
