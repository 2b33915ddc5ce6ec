"""The original sentences that few-shot examples by similarity are taken from."""

from collections.abc import Iterable
from pathlib import Path

from tinyner.errors import UserError
from tinyner.plurals import number
from tinyner.prompts import FIELD
from tinyner.rows import Sentence, squeezed, text_of

POOL = Path("data/prepared/original.jsonl")


def same(sentence: Sentence) -> str:
    """Return what two sentences have in common if one would show the labels of the other: the text, in any case."""
    return squeezed(sentence["words"]).casefold()


def pool_of(original: Iterable[Sentence], test: Iterable[Sentence], shots: int) -> list[Sentence]:
    """Return the sentences that can be examples: of several with the same text, one; none whose text ``test`` has.

    Raises:
        UserError: where they are too few for ``shots`` examples a sentence.
    """
    test_texts = {same(sentence) for sentence in test}  # an example would show the LLM what it is to be scored by
    by_text: dict[str, Sentence] = {}
    for sentence in original:
        by_text.setdefault(same(sentence), sentence)
    pool = [sentence for text, sentence in by_text.items() if text not in test_texts and FIELD not in text_of(sentence)]
    if len(pool) <= shots:
        raise UserError(
            f"annotate.few_shot: similar wants {shots} examples of {POOL}, which has {number(len(pool), 'sentence')} "
            "(each text once, none of test); set it to fixed, "
            "or raise prepare.original_size (of the corpus' train split), or lower annotate.shots"
        )
    return pool
