"""One reply to mentions: ok, repaired or failed."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from tinyner.clean.json_extraction import Failed, read
from tinyner.clean.mentions import TypeNames, mentions

_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a pair, which no text can hold


class Status(StrEnum):
    """How a reply ended."""

    OK = "ok"
    REPAIRED = "repaired"
    FAILED = "failed"


def parse(
    reply: str,
    types: Mapping[str, Sequence[str]],
    *,
    bare: bool = False,
    cut: bool = False,
    keep_truncated: bool = False,
) -> tuple[Status, list[tuple[str, str]], list[str]]:
    """Mentions of one reply, and what was wrong with it.

    ok is one line ``Result: {type: [text, ...]}`` of strict JSON, and nothing behind it, or, where the server
    was told to answer in JSON, that object alone. Whatever else can
    be read is repaired, another name of a type included; what can't is failed. A type that is none of the
    scheme's is the aligner's to judge.

    >>> parse("Result: {'persons': 'Blair'}", {"PER": ["person"]})
    (<Status.REPAIRED: 'repaired'>, [('PER', 'Blair')], ['json_repaired', 'string_for_list', 'type_renamed'])
    >>> parse('{"PER": ["Blair"]}', {"PER": []}, bare=True)
    (<Status.OK: 'ok'>, [('PER', 'Blair')], [])

    Args:
        reply: the LLM's answer, verbatim.
        types: each type of the scheme, and its other names.
        bare: whether the server was told to answer with a JSON object and nothing else.
        cut: whether the server said that the reply ran into its length limit.
        keep_truncated: keep the whole mentions of a dictionary that breaks off.

    Returns:
        The status; (type, text) pairs in the reply's order, an unknown type as it was written; the
        problems, sorted.
    """
    problems: set[str] = set()
    names = TypeNames(types)
    found: list[tuple[str, str]] = []
    try:
        value = read(reply, problems, names.occur_in, bare=bare, cut=cut, keep_truncated=keep_truncated)
    except Failed as why:
        return Status.FAILED, [], [str(why)]
    for label, written in mentions(value, names, problems):
        text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", written)
        if text != written:
            problems.add("broken_characters")
        known = names.find(label)
        if not any(character.isalnum() for character in text):
            problems.add("empty_mention")
        elif text.strip(" .()[]<>-\"'").casefold() in ("none", "null", "n/a"):  # where a type has no entity
            problems.add("none_for_empty")
        else:
            if known not in (None, label):
                problems.add("type_renamed")
            found.append((known or _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", label).strip(), text.strip()))
    if not found and "truncated" in problems:
        return Status.FAILED, [], ["truncated"]
    if value and not found and "value_without_type" in problems:
        return Status.FAILED, [], ["no_types"]
    return (Status.REPAIRED if problems else Status.OK), found, sorted(problems)
