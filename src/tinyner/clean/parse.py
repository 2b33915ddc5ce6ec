"""Parse a reply into mentions and judge it: ok, repaired or failed."""

import re
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any

from tinyner.clean.answer_part import answer_part
from tinyner.clean.asked_sentence import AskedSentence, squeezed
from tinyner.clean.described_mention import label_of
from tinyner.clean.dictionary_loading import Loader
from tinyner.clean.echoes import ECHO
from tinyner.clean.example_answers import is_of_example
from tinyner.clean.failed import Failed
from tinyner.clean.json_extraction import Extraction, Extractor
from tinyner.clean.left_out import leaves_out
from tinyner.clean.lenient_json import Pairs
from tinyner.clean.mention_texts import is_nothing
from tinyner.clean.reader import read
from tinyner.clean.reading import Reading
from tinyner.clean.repair_check import check_repair
from tinyner.clean.type_names import TypeNames

_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a pair, which UTF-8 can't encode

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Mentions = list[tuple[str, str]]
"""Pairs of type and text."""


class Status(StrEnum):
    """Whether a reply is as the prompt asks, was repaired, or can't be read."""

    OK = "ok"
    REPAIRED = "repaired"
    FAILED = "failed"


def parse_reply(
    reply: str,
    words: Sequence[str],
    names: TypeNames,
    *,
    text: str | None = None,
    labels: Collection[str] = (),
    template: str = "",
    bare: bool = False,
    cut: bool = False,
    keep_truncated: bool = False,
) -> tuple[Status, Mentions, list[str]]:
    """Return the mentions of a reply and its problems.

    A reply is ok if it ends in a line ``Result: {type: [text, ...]}`` of strict JSON, or is that object alone
    where the server was told to answer in JSON. A reply that can be read otherwise, or that uses another name
    of a type, is repaired; the rest is failed. Mentions of types outside the scheme are kept: the stage align
    counts them.

    >>> parse_reply("Result: {'persons': 'Blair'}", ["Blair", "left"], TypeNames({"PER": ["person"]}))
    (<Status.REPAIRED: 'repaired'>, [('PER', 'Blair')], ['json_repaired', 'string_for_list', 'type_renamed'])
    >>> parse_reply('{"PER": ["Blair"]}', ["Blair", "left"], TypeNames({"PER": []}), bare=True)
    (<Status.OK: 'ok'>, [('PER', 'Blair')], [])

    Args:
        reply: the LLM's answer, verbatim.
        words: of the sentence that was asked.
        names: of the scheme's types.
        text: of the sentence, None if it is its words with spaces between them.
        labels: what the prompt writes before a sentence, in lower case.
        template: the prompt with all but the sentence filled in, whose lines are no answer where a reply repeats them.
        bare: whether the server was told to answer with nothing but a JSON object.
        cut: whether the server stopped the reply before its end.
        keep_truncated: keep the complete mentions of a truncated dictionary.

    Returns:
        The status; (type, text) pairs in the reply's order, a type outside the scheme as it was written; the
        problems, sorted.
    """
    problems: set[str] = set()
    sentence = AskedSentence(words, text)
    if not reply.strip():
        return Status.FAILED, [], ["empty"]
    try:
        shown = sentence.echoes.hidden(_CONTROL.sub("", reply), template)
        answer = answer_part(shown, sentence, labels, names.occur_in, problems)
        loader = Loader(names, sentence, problems, cut, keep_truncated)
        extraction = Extractor(names, sentence, loader, bare).extract(answer)
        written = _belonging_together(extraction, names, sentence, problems)
        parsed = [mention for mention in written if _is_mention(mention[1], sentence, problems)]
        mentions = [_as_written(label, text, names, sentence, problems) for label, text in parsed]
        for dictionary in loader.repaired:
            check_repair(dictionary, mentions, names, sentence, problems)
        if is_of_example(mentions, sentence, template):
            raise Failed("echoed")  # noqa: TRY301, as below
        if not mentions and "truncated" in problems:
            raise Failed("truncated")  # noqa: TRY301, as below
    except Failed as failure:
        reason = "truncated" if "truncated" in problems else str(failure)
        is_echo = reason in ("empty", "no_dictionary", "no_types") and ECHO in shown
        return Status.FAILED, [], ["echoed" if is_echo else reason]
    return (Status.REPAIRED if problems else Status.OK), mentions, sorted(problems)


def _is_mention(text: str, sentence: AskedSentence, problems: set[str]) -> bool:
    """Return whether a text is a mention, and not empty or ``none`` in place of an empty list."""
    if sentence.has_words(text):
        return True
    if is_nothing(text.strip(" .()[]<>-\"'")) and text.strip():
        problems.add("none_for_empty")
        return False
    if not any(character.isalnum() for character in text) and not sentence.holds(text):
        problems.add("empty_mention")
        return False
    return True


def _as_written(
    label: str, text: str, names: TypeNames, sentence: AskedSentence, problems: set[str]
) -> tuple[str, str]:
    """Return a mention with the scheme's name of its type, and characters that UTF-8 can encode."""
    whole = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    if whole != text:
        problems.add("broken_characters")
    nearest = sentence.nearest(whole).strip()
    if nearest != whole.strip():
        problems.add("text_repaired")
    type_name = names.find(label)
    if type_name not in (None, label):
        problems.add("type_renamed")
    return type_name or _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", label).strip(), nearest


def _belonging_together(
    extraction: Extraction, names: TypeNames, sentence: AskedSentence, problems: set[str]
) -> Mentions:
    """Return the mentions of all dictionaries of an answer, if they can be parts of one.

    Dictionaries belong together if each has types that the others lack, or if each is a single mention. One that
    says nothing new is left out, and one that says all that the earlier ones say replaces them.

    Raises:
        Failed: contradictory (they disagree about a type or a text), or what the reader raises.
    """
    if not extraction.values:
        return []
    together: Mentions | None = None
    failures: list[Failed] = []
    for value in extraction.values:
        reading = Reading(names, sentence)
        try:
            read(value, reading)
            mentions = reading.mentions()
            if leaves_out(value, reading):
                raise Failed("half_read" if mentions else "no_types")  # noqa: TRY301, told by its place
        except Failed as failure:
            failures.append(failure)
            continue
        problems |= reading.problems
        if together is None:
            together = mentions
        else:
            problems.add("several_dictionaries")
            is_single = isinstance(value, Pairs) and label_of(value, reading) is not None
            together = _joined(together, mentions, names, is_single=is_single)
    if together is None or (failures and any(str(failure) != "no_types" for failure in failures)):
        raise failures[0]
    standing = [text for label, text in together if sentence.holds(text)]
    for draft, is_corrected in reversed(extraction.drafts):
        drafted = _quietly(draft, names, sentence)
        if is_corrected and (standing or not drafted):
            break  # words, and then a new answer
        if drafted:
            together = _joined(drafted, together, names)
    for value in extraction.others:
        together = _joined(together, _quietly(value, names, sentence), names)
    return together


def _quietly(value: Any, names: TypeNames, sentence: AskedSentence) -> Mentions:
    """Return the mentions of a dictionary elsewhere in the answer whose texts stand in the sentence."""
    reading = Reading(names, sentence)
    try:
        read(value, reading)
        mentions = [(label, sentence.nearest(text)) for label, text in reading.mentions()]
        return [(label, text) for label, text in mentions if names.find(label) and sentence.holds(text)]
    except Failed:
        return []


def _joined(earlier: Mentions, later: Mentions, names: TypeNames, *, is_single: bool = False) -> Mentions:
    before, after = (
        {(names.find(label) or label, squeezed(text)) for label, text in mentions} for mentions in (earlier, later)
    )
    if after <= before:
        return earlier
    if before <= after:
        return later
    has_other_types = not {label for label, _ in before} & {label for label, _ in after}
    has_other_texts = not {text for _, text in before} & {text for _, text in after}
    if has_other_texts and (has_other_types or is_single):
        return [*earlier, *later]
    raise Failed("contradictory")
