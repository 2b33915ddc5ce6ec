"""Parse a reply into mentions and judge it: ok, repaired or failed."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from tinyner.clean.json_extraction import Failed, extract
from tinyner.clean.mentions import TypeNames, mentions

_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a pair, which UTF-8 can't encode


class Status(StrEnum):
    """Whether a reply is as the prompt asks, was repaired, or can't be read."""

    OK = "ok"
    REPAIRED = "repaired"
    FAILED = "failed"


def parse_reply(
    reply: str,
    types: Mapping[str, Sequence[str]],
    *,
    bare: bool = False,
    cut: bool = False,
    keep_truncated: bool = False,
) -> tuple[Status, list[tuple[str, str]], list[str]]:
    """Return the mentions of a reply and its problems.

    A reply is ok if it ends in a line ``Result: {type: [text, ...]}`` of strict JSON, or is that object alone
    where the server was told to answer in JSON. A reply that can be read otherwise, or that uses another name
    of a type, is repaired; the rest is failed. Mentions of types outside the scheme are kept: the stage align
    counts them.

    >>> parse_reply("Result: {'persons': 'Blair'}", {"PER": ["person"]})
    (<Status.REPAIRED: 'repaired'>, [('PER', 'Blair')], ['json_repaired', 'string_for_list', 'type_renamed'])
    >>> parse_reply('{"PER": ["Blair"]}', {"PER": []}, bare=True)
    (<Status.OK: 'ok'>, [('PER', 'Blair')], [])

    Args:
        reply: the LLM's answer, verbatim.
        types: each type of the scheme, and its other names.
        bare: whether the server was told to answer with nothing but a JSON object.
        cut: whether the server stopped the reply at its length limit.
        keep_truncated: keep the complete mentions of a truncated dictionary.

    Returns:
        The status; (type, text) pairs in the reply's order, a type outside the scheme as it was written; the
        problems, sorted.
    """
    problems: set[str] = set()
    names = TypeNames(types)
    parsed: list[tuple[str, str]] = []
    try:
        value = extract(reply, problems, names.occur_in, bare=bare, cut=cut, keep_truncated=keep_truncated)
    except Failed as failure:
        return Status.FAILED, [], [str(failure)]
    for label, written in mentions(value, names, problems):
        text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", written)
        if text != written:
            problems.add("broken_characters")
        type_name = names.find(label)
        if not any(character.isalnum() for character in text):
            problems.add("empty_mention")
        elif text.strip(" .()[]<>-\"'").casefold() in ("none", "null", "n/a"):  # in place of an empty list
            problems.add("none_for_empty")
        else:
            if type_name not in (None, label):
                problems.add("type_renamed")
            parsed.append((type_name or _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", label).strip(), text.strip()))
    if not parsed and "truncated" in problems:
        return Status.FAILED, [], ["truncated"]
    if value and not parsed and "value_without_type" in problems:
        return Status.FAILED, [], ["no_types"]
    return (Status.REPAIRED if problems else Status.OK), parsed, sorted(problems)
