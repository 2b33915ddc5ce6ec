"""The sentences that a pilot asks for: labelled by people, no few-shot example, never of the test set."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.params import Params
from tinyner.rows import Sentence, squeezed, text_of

PREPARED = Path("data/prepared")
POOLS = ("original", "target", "valid")
"""Where gold sentences are looked for; the first set that has any is taken."""

_SURE_LENGTH = 12  # letters and digits that don't stand in another text by chance


@dataclass(frozen=True)
class Gold:
    """The chosen sentences; ``pool`` is the set that they are of, which has ``available`` such sentences."""

    pool: str
    sentences: list[Sentence]
    available: int

    @property
    def path(self) -> Path:
        """The file that they are of."""
        return PREPARED / f"{self.pool}.jsonl"

    @property
    def tags(self) -> list[list[str]]:
        """The gold tags of each sentence."""
        return [sentence["tags"] for sentence in self.sentences]


@dataclass(frozen=True)
class ShownText:
    """A text of a prompt, or an example: what a sentence is compared with, whatever the signs, case and spaces."""

    text: str

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


_WORD = re.compile(r"[^\W_]+")


def choose(
    count: int, prompt_texts: Sequence[str], params: Params, answerable: Callable[[list[Sentence]], list[Sentence]]
) -> Gold:
    """Return the first ``count`` gold sentences by rank, or all where there are fewer, each text once.

    A sentence whose text stands in the test set is not taken, as prompts and annotators are chosen by a pilot.

    Args:
        count: of sentences.
        prompt_texts: templates and examples; a sentence that stands in one of them is not taken.
        params: whose types the gold tags must have.
        answerable: returns those of the sentences to which replies can come.

    Raises:
        UserError: where there is no such sentence, or the prepared sets are not those of params.yaml.
    """
    shown_texts = [ShownText(text) for text in dict.fromkeys(prompt_texts)]
    test_texts = {squeezed(sentence["words"]) for sentence in _rows("test")}
    of_test = labelled = unseen = 0
    for pool in POOLS:
        by_text: dict[str, Sentence] = {}
        for sentence in _labelled(pool, params):
            if squeezed(sentence["words"]) in test_texts:
                of_test += 1
            else:
                by_text.setdefault(text_of(sentence), sentence)
        of_pool = [sentence for text, sentence in by_text.items() if not any(shown.has(text) for shown in shown_texts)]
        sentences = answerable(of_pool)
        if sentences:
            return Gold(pool, sentences[:count], len(sentences))
        labelled += len(by_text)
        unseen += len(of_pool)
    if unseen:
        raise UserError(
            f"pilot: no reply to any of {unseen} gold sentences is recorded for this prompt, and the annotator "
            f"{params.annotate.annotator} answers from records only; choose another with --annotator or --prompt"
        )
    if labelled:
        raise UserError(
            f"pilot: all {labelled} gold sentences stand in the prompt or its examples; label more, or show fewer"
        )
    if of_test:
        raise UserError(
            f"pilot: all {of_test} gold sentences stand in {PREPARED}/test.jsonl too, so none is asked; "
            "label others (prepare.corpus: train or valid), then run: dvc repro prepare"
        )
    raise UserError(
        f"pilot: no gold sentence: none of {', '.join(f'{name}.jsonl' for name in POOLS)} in {PREPARED} has labels; "
        "label some sentences (prepare.corpus: train or valid), then run: dvc repro prepare"
    )


def _labelled(pool: str, params: Params) -> list[Sentence]:
    """Return the sentences of a prepared set that people labelled.

    Raises:
        UserError: where it is not there, or has a type that params.yaml does not have.
    """
    path = PREPARED / f"{pool}.jsonl"
    rows = [row for row in _rows(pool) if "tags" in row]
    for row in rows:
        strange = next((label for _, _, label in tags_to_spans(row["tags"]) if label not in params.types), None)
        if strange is not None:
            raise UserError(
                f"{path}: {row['id']} has the type {strange}, which params.yaml does not have "
                f"({', '.join(params.types)}); run: dvc repro prepare"
            )
    return rows


def _rows(name: str) -> list[Sentence]:
    """Return the sentences of a prepared set.

    Raises:
        UserError: where it is not there.
    """
    path = PREPARED / f"{name}.jsonl"
    if not path.exists():
        raise UserError(f"pilot: {path} is missing; run: dvc repro prepare")
    rows: list[Sentence] = load(path)
    return rows
