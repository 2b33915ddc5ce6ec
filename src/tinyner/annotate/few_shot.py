"""Few-shot examples by similarity: for each sentence the nearest of the original ones, every type shown.

Sentences are compared by the student's own embedding: the mean over subwords of its last layer, as
all-MiniLM-L6-v2 was trained to be used. Of k examples the first is the nearest sentence; while a type is
not shown, the next is the nearest that shows one; the rest are the nearest. They stand in the prompt
farthest first, so that the nearest is read last. The sentence itself, by id or text, is never among them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from tinyner.annotate.templates import Shot, shot_of
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.prompts import FIELD
from tinyner.rows import Sentence, text_of

POOL = Path("data/prepared/original.jsonl")
STUDENT = Path("data/student")
MAX_LENGTH = 128  # subwords
_BATCH = 32  # sentences, of like length
_DIGITS = 4  # of a similarity: what another machine rounds otherwise must not change an example


def choose(sentences: Sequence[Sentence], shots: int, types: Mapping[str, Sequence[str]]) -> list[list[Shot]]:
    """The examples of each sentence, from data/prepared/original.jsonl.

    Raises:
        UserError: where the pool is too small.
    """
    once: dict[str, Sentence] = {}  # the same example twice shows nothing more
    for row in load(POOL):
        once.setdefault(text_of(row).casefold(), row)
    pool = [row for row in once.values() if FIELD not in text_of(row)]
    if len(pool) <= shots:
        raise UserError(
            f"annotate.few_shot: similar wants {shots} examples of {POOL}, which has {len(pool)} sentences; "
            "raise prepare.original_size, or lower annotate.shots"
        )
    examples = [shot_of(row, types) for row in pool]
    nearness = embed([text_of(row) for row in sentences]) @ embed([text_of(row) for row in pool]).T
    texts = [text_of(row).casefold() for row in pool]
    chosen = []
    for row, sentence in enumerate(sentences):
        own = text_of(sentence).casefold()
        itself = [pool[index]["id"] == sentence["id"] or text == own for index, text in enumerate(texts)]
        order = np.argsort(-np.round(nearness[row], _DIGITS), kind="stable")
        ranked = [int(index) for index in order if not itself[index]]
        chosen.append(
            [examples[index] for index in reversed(pick(ranked, [set(one.entities) for one in examples], shots))]
        )
    return chosen


def pick(ranked: Sequence[int], shown: Sequence[set[str]], count: int) -> list[int]:
    """``count`` of the ranked sentences, so that every type is shown if that can be; nearest first.

    Args:
        ranked: indices, the nearest first.
        shown: the types that each sentence has, by index.
        count: how many to take.

    >>> pick([3, 1, 0, 2], [{"LOC"}, {"PER"}, {"ORG"}, {"PER"}], 3)
    [3, 0, 2]
    """
    taken = list(ranked[:1])
    missing = set().union(*(shown[index] for index in ranked)) - shown[taken[0]] if taken else set()
    for index in ranked:
        if len(taken) < count and missing & shown[index]:
            taken.append(index)
            missing -= shown[index]
    for index in ranked:
        if len(taken) < count and index not in taken:
            taken.append(index)
    places = {index: place for place, index in enumerate(ranked)}
    return sorted(taken[:count], key=places.__getitem__)


@torch.inference_mode()
def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """(N, hidden) the embeddings of texts by the student, each of length 1."""
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model: Any = transformers.AutoModel.from_pretrained(STUDENT, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(STUDENT)
    found = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    for begin in range(0, len(order), _BATCH):
        part = order[begin : begin + _BATCH]
        inputs = tokenizer(
            [texts[index] for index in part], padding=True, truncation=True, max_length=MAX_LENGTH, return_tensors="pt"
        )
        states = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None].to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1)
        found[part] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return found
