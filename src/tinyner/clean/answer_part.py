r"""Part the answer off from the rest of a reply: reasoning before it, examples and turns that the model goes on with.

Reasoning is what stands between tags such as ``<think>`` and ``</think>``, before a closing tag that was never
opened, and in every channel of OpenAI's harmony format but ``final``. Nothing in it is ever read. Reasoning that
never closes leaves no answer.

Behind an answer, a line that shows another sentence (``Sentence: ...``) or a sign of a chat's next turn ends the
reply; the asked sentence, said again, ends nothing.
"""

import itertools
import re
from collections.abc import Callable, Collection, Iterator

import regex

from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.failed import Failed

_NAMES = (
    r"(?:\w+:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflect(?:ion)?|scratch_?pad|analysis|rationale"
    r"|(?:inner_)?monologue|chain_of_thought|cot)(?:[_-]\w+)?"
)
_REASONING = re.compile(
    rf"(?P<open><{_NAMES}(?:\s[^<>]{{0,100}})?>|<details[^<>]{{0,100}}(?:reasoning|think)[^<>]{{0,100}}>|\u25c1think\u25b7|\[THINK\]|<\|(?:begin_of_thought|START_THINKING)\|>)"
    rf"|</(?:{_NAMES}|details)>|\u25c1/think\u25b7|\[/THINK\]|<\|(?:end_of_thought|END_THINKING)\|>",
    re.I,
)
_CHANNEL = re.compile(
    r"<\|channel\|>\s*(\w+)[^<]*<\|message\|>(.*?)(?=<\|(?:end|return|call|start|channel)\|>|\Z)", re.S
)
_CHANNELS_AS_TEXT = re.compile(r"\s*(?:assistant\s?)?(?:analysis|commentary)(?=[^\W_])")  # its signs were dropped
_FINAL_AS_TEXT = re.compile(r"assistant\s?final\s*(?:json)?")
_ANSWER_TAG = re.compile(r"<(answer|final_answer|final|output|result|response)>(.*?)(?:</\1>|\Z)", re.S | re.I)

_SENTENCE_LABELS = ("sentence", "example", "example sentence", "next sentence", "input sentence", "test sentence")
_TURN = re.compile(
    r"<\|[a-z0-9_]{1,30}\|>|<\uff5c[^<>\uff5c]{1,30}\uff5c>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>"
    r"|^[#*>]*(?:human|user|assistant|system|question|query|q|instructions?|prompt|task)(?:[ \t]*\d+)?[ \t*]*[:\uff1a]"
    r"|^[#*>]*(?:input|text|passage|document)(?:[ \t]*\d+)?[ \t*]*[:\uff1a](?=[ \t]*\S+(?:[ \t]+\S+){3})"  # no field
    r"|^(?:assistant|user|model)[ \t]*$|^[ \t*]*#+[ \t]*(?:instructions?|human|user|response|input)\b",
    re.I | re.M,
)
_ANSWER = re.compile(r"[{\[]|^[^\w\n]*+results?[^\w\n:]*+:\s*+\S", re.I | re.M)


def label_of(template: str) -> str | None:
    """Return what a template writes before its sentence, in lower case; None where it writes nothing there.

    >>> label_of("Find all names.\\n\\nSatz: {sentence}")
    'satz'
    >>> label_of("वाक्य: {sentence}"), label_of("文: {sentence}")
    ('वाक्य', '文')
    """
    before = template.partition("{sentence}")[0].rstrip(" \"'`\n").rpartition("\n")[2]
    label = regex.fullmatch(r"[\W\d]*(\w[\w\p{M} ]{0,30}?)[ \d*]*[:\uff1a][ *]*", before)
    return label[1].casefold() if label else None


def answer_part(
    reply: str,
    sentence: AskedSentence,
    labels: Collection[str],
    names_a_type: Callable[[str], bool],
    problems: set[str],
) -> str:
    """Return the part of a reply that can hold its answer.

    Args:
        reply: the LLM's answer, verbatim.
        sentence: that was asked.
        labels: what the prompt writes before a sentence, in lower case.
        names_a_type: whether a text contains the name of a type.
        problems: ``run_on`` is added to it where the reply goes on behind its answer.

    Raises:
        Failed: truncated (reasoning that never ends), another_sentence (the only answer is to another sentence).
    """
    text = _without_reasoning(_final_channel(reply))
    tagged = list(_ANSWER_TAG.finditer(text))
    if tagged and tagged[-1][2].strip():
        text = tagged[-1][2]
    return _before_run_on(text, sentence, labels, names_a_type, problems)


def _final_channel(text: str) -> str:
    channels = _CHANNEL.findall(text)
    if channels:
        finals = [message for channel, message in channels if channel.casefold() == "final"]
        if not finals:
            raise Failed("truncated")
        return str(finals[-1])
    if _CHANNELS_AS_TEXT.match(text):
        *_, last = [None, *_FINAL_AS_TEXT.finditer(text)]
        if last is None:
            raise Failed("truncated")
        return text[last.end() :]
    return text.rpartition("assistantfinal")[2]


def _without_reasoning(text: str) -> str:
    kept: list[str] = []
    position, is_open = 0, False
    for tag in _REASONING.finditer(text):
        if tag["open"]:
            if not is_open:
                kept.append(text[position : tag.start()])
            is_open = True
        else:
            if not is_open:
                kept.clear()  # a closing tag alone: all before it is reasoning
            position, is_open = tag.end(), False
    if is_open:
        raise Failed("truncated")
    return "".join([*kept, text[position:]])


def _before_run_on(
    text: str,
    sentence: AskedSentence,
    labels: Collection[str],
    names_a_type: Callable[[str], bool],
    problems: set[str],
) -> str:
    def may_be_entity(mark: str) -> bool:  # a type or a name that looks like a role: System: ORG
        return names_a_type(mark) or sentence.holds(mark.strip(":#* "))

    answer, is_anothers, may_answer = "", False, False
    for header, body in _segments(text, {*_SENTENCE_LABELS, *labels}, may_be_entity):
        if may_answer and header is not None and not sentence.is_echoed_by(header):
            if body.strip() or header:
                problems.add("run_on")
            return answer
        if header and not sentence.is_echoed_by(header):
            is_anothers = True  # a sentence before any answer: what follows it is not about the asked one
        else:
            answer += body if header is None else f"\n{body}"
            may_answer = may_answer or _may_answer(body, names_a_type)
    if is_anothers and not answer.strip():
        raise Failed("another_sentence")
    return answer


def _may_answer(text: str, names_a_type: Callable[[str], bool]) -> bool:
    return bool(_ANSWER.search(text)) or names_a_type(text)


def _segments(
    text: str, labels: Collection[str], may_be_entity: Callable[[str], bool]
) -> Iterator[tuple[str | None, str]]:
    """Yield the parts of a text, each with the sentence that its first line shows.

    That is None for the first part, and empty for the part behind a sign of a chat.
    """
    any_label = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    header = rf"^[ \t>*_#-]*(?:\d+[.)][ \t]*)?[*_]*(?:{any_label})(?:[ \t]*(?:no\.?|\#)?[ \t]*\d+)?"
    header += r"(?:[ \t*_]*[:\uff1a=][*_]*|[ \t]*$)"
    marks = sorted(
        [(match.start(), match.end(), True) for match in re.finditer(header, text, re.I | re.M)]
        + [(match.start(), match.end(), False) for match in _TURN.finditer(text) if not may_be_entity(match[0])]
    )
    yield None, text[: marks[0][0]] if marks else text
    for (_, end, is_sentence), (following, _, _) in itertools.pairwise([*marks, (len(text), 0, False)]):
        body = text[end : max(end, following)]
        if is_sentence:
            line, _, rest = body.lstrip("\n\r\t ").partition("\n")
            yield line.strip(), rest
        else:
            yield "", body
