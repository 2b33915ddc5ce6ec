"""The gold sentences that annotators are asked for so that they can be scored, by stage annotate or by a pilot."""

import re
from collections.abc import Sequence
from functools import cached_property

from tinyner.annotate import templates
from tinyner.corpora import GOLD
from tinyner.params import Params
from tinyner.rows import Sentence, squeezed, text_of

SIZE = 30
"""How many a pilot asks for, and a project that ``tinyner init`` makes. Larger numbers begin with the same ones."""

TEST = "data/prepared/test.jsonl"

_EXAMPLES = {"examples", "reasoned_examples"}  # fields
_SURE_LENGTH = 12  # letters and digits that don't stand in another text by chance
_WORD = re.compile(r"[^\W_]+")


def gold_sentences(
    params: Params,
    original: Sequence[Sentence],
    test: Sequence[Sentence],
    shots: Sequence[templates.Shot] | None = None,
) -> list[Sentence]:
    """Return the first ``annotate.gold_size`` original sentences that may be asked for, all where there are fewer.

    Args:
        params: with the size, and with the prompts that must not show them.
        original: sentences by rank.
        test: the test set.
        shots: the fixed examples, if they are not to be read from their file.

    Raises:
        UserError: where a template or its examples can't be read.
    """
    prompt_texts = [] if params.annotate.asked is None else shown_texts(params, shots)
    return Askable(test, prompt_texts).of(original)[: params.annotate.gold_size]


def shown_texts(params: Params, shots: Sequence[templates.Shot] | None = None) -> list[str]:
    """Return what the prompts show, whatever the sentence: each template, and the text of each fixed example.

    ``shots`` are the fixed examples, if they are not to be read from their file.

    Raises:
        UserError: where one can't be read.
    """
    annotate_params = params.annotate
    loaded = [templates.load(name) for name in annotate_params.prompts.of(GOLD)]
    texts = [template.text for template in loaded]
    if annotate_params.few_shot == "fixed" and any(_EXAMPLES & template.fields for template in loaded):
        fixed = templates.load_shots(annotate_params.examples, params.types) if shots is None else shots
        texts += [shot.text for shot in fixed]
    return texts


class ShownText:
    """A text of a prompt, or an example: what a sentence is compared with, whatever the signs, case and spaces."""

    def __init__(self, text: str) -> None:
        """Take the text."""
        self.text = text

    def has(self, sentence: str) -> bool:
        """Return whether a sentence stands in the text.

        >>> prompt = ShownText('Sentence: She took 5 mg of "warfarin".')
        >>> prompt.has('She took 5 mg of " warfarin " .'), prompt.has("took"), prompt.has("arfarin")
        (True, True, False)
        """
        words = _WORD.findall(sentence.casefold())
        letters = "".join(words)
        if len(letters) >= _SURE_LENGTH and letters in self._letters:
            return True
        return bool(words) and f" {' '.join(words)} " in self._words

    @cached_property
    def _words(self) -> str:
        return f" {' '.join(_WORD.findall(self.text.casefold()))} "

    @cached_property
    def _letters(self) -> str:
        return self._words.replace(" ", "")


class Askable:
    """Chooses the gold sentences of several sets that may be asked for, of those with the same text one.

    None has a text that stands in the test set, as prompts and annotators are chosen by what they score, nor one that a
    prompt shows. ``of_test`` counts the former, ``texts`` are those of all others.
    """

    def __init__(self, test: Sequence[Sentence], prompt_texts: Sequence[str]) -> None:
        """Take the test set, and the texts of ``shown_texts``."""
        self._test_texts = {squeezed(sentence["words"]) for sentence in test}
        self._shown = [ShownText(text) for text in dict.fromkeys(prompt_texts)]
        self.texts: set[str] = set()
        self.of_test = 0

    def of(self, labelled: Sequence[Sentence]) -> list[Sentence]:
        """Return those of a set, in its order, whose text no set before had."""
        by_text: dict[str, Sentence] = {}
        for sentence in labelled:
            if squeezed(sentence["words"]) in self._test_texts:
                self.of_test += 1
            elif text_of(sentence) not in self.texts:
                by_text.setdefault(text_of(sentence), sentence)
        self.texts |= by_text.keys()
        return [sentence for text, sentence in by_text.items() if not any(shown.has(text) for shown in self._shown)]
