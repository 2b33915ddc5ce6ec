"""The answers of a prompt's few-shot examples, which a reply may repeat without their sentences."""

import re
from collections.abc import Sequence
from functools import lru_cache

from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.lenient_json import strict

_ANSWER = re.compile(r"^Result: (\{.*\})[ \t]*$", re.M)


def is_of_example(mentions: Sequence[tuple[str, str]], sentence: AskedSentence, template: str) -> bool:
    """Return whether mentions are those of an example of the prompt, and not all of them stand in the sentence.

    >>> template = 'Sentence: Ann left .\\nResult: {"PER": ["Ann"]}\\n\\nSentence: {sentence}'
    >>> is_of_example([("PER", "Ann")], AskedSentence(["Rosa", "left"]), template)
    True
    """
    if not template or all(sentence.holds(text) for _, text in mentions):
        return False
    return frozenset(mentions) in _answers(template)


@lru_cache(maxsize=4096)
def _answers(template: str) -> set[frozenset[tuple[str, str]]]:
    answers = set()
    for line in _ANSWER.finditer(template):
        try:
            value = strict(line[1])
        except ValueError:
            continue
        answers.add(frozenset((label, text) for label, texts in value if isinstance(texts, list) for text in texts))
    return answers
