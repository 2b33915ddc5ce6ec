"""Few-shot examples by similarity: for each sentence the nearest original ones, with an example of every type.

Sentences are compared by the student's embedding: the mean over subwords of its last layer, as
all-MiniLM-L6-v2 was trained to be used. Of k examples the first is the nearest sentence. As long as some type
has no example, the next is the nearest sentence with such a type. The rest are the nearest that are left. In the
prompt the farthest comes first. The sentence itself is never an example: none of its id, nor of its text,
whatever the words, white space and case; nor is one whose text stands in the test set.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from tinyner.annotate.few_shot_pool import POOL, pool_of, same
from tinyner.annotate.gold_sentences import TEST
from tinyner.annotate.templates import Shot, shot_of
from tinyner.files import load
from tinyner.pipeline_files import check_folder
from tinyner.rows import Sentence, text_of

STUDENT = Path("data/student")
MAX_LENGTH = 128  # subwords
_BATCH = 32  # sentences, of like length
_DIGITS = 4  # of a similarity: another machine's rounding must not change an example


class SimilarExamples:
    """The original sentences of data/prepared/original.jsonl as examples, with the student that embeds them."""

    def __init__(self, shots: int, types: Mapping[str, Sequence[str]]) -> None:
        """Read the original sentences and the student; ``shots`` are the examples for each sentence.

        Raises:
            UserError: where the original sentences are too few, or the student is not as stage prepare wrote it.
        """
        self._shots = shots
        self._pool = pool_of(load(POOL), load(TEST), shots)
        self._examples = [shot_of(sentence, types) for sentence in self._pool]
        self._types = [set(example.entities) for example in self._examples]
        self._texts = [same(sentence) for sentence in self._pool]
        self._embedder = Embedder()
        self._embeddings = self._embedder.embed([text_of(row) for row in self._pool])

    def of(self, sentences: Sequence[Sentence]) -> list[list[Shot]]:
        """Return the examples for each sentence, the farthest first."""
        similarities = self._embedder.embed([text_of(sentence) for sentence in sentences]) @ self._embeddings.T
        chosen = []
        for row, sentence in enumerate(sentences):
            sentence_text = same(sentence)
            is_itself = [
                example["id"] == sentence["id"] or text == sentence_text
                for example, text in zip(self._pool, self._texts, strict=True)
            ]
            order = np.argsort(-np.round(similarities[row], _DIGITS), kind="stable")
            ranked = [int(index) for index in order if not is_itself[index]]
            chosen.append([self._examples[index] for index in reversed(pick(ranked, self._types, self._shots))])
        return chosen


def pick(ranked: Sequence[int], types: Sequence[set[str]], count: int) -> list[int]:
    """Return ``count`` of the ranked sentences, nearest first, with every type among them if that can be.

    Args:
        ranked: indices of sentences, the nearest first.
        types: the types that each sentence has, by index.
        count: how many to take.

    >>> pick([3, 1, 0, 2], [{"LOC"}, {"PER"}, {"ORG"}, {"PER"}], 3)
    [3, 0, 2]
    """
    taken = list(ranked[:1])
    missing = set().union(*(types[index] for index in ranked)) - types[taken[0]] if taken else set()
    for index in ranked:
        if len(taken) < count and missing & types[index]:
            taken.append(index)
            missing -= types[index]
    for index in ranked:
        if len(taken) < count and index not in taken:
            taken.append(index)
    ranks = {index: rank for rank, index in enumerate(ranked)}
    return sorted(taken[:count], key=ranks.__getitem__)


class Embedder:
    """The student of data/student, which embeds texts."""

    def __init__(self) -> None:
        """Load it."""
        check_folder(STUDENT)
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        self._model: Any = transformers.AutoModel.from_pretrained(
            STUDENT, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        ).eval()
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(STUDENT, trust_remote_code=False)

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (N, hidden) the embeddings of texts, each of length 1."""
        embeddings = np.zeros((len(texts), self._model.config.hidden_size), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for begin in range(0, len(order), _BATCH):
            part = order[begin : begin + _BATCH]
            inputs = self._tokenizer(
                [texts[index] for index in part],
                padding=True,
                truncation=True,
                max_length=MAX_LENGTH,
                return_tensors="pt",
            )
            states = self._model(**inputs).last_hidden_state
            mask = inputs["attention_mask"][..., None].to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1)
            embeddings[part] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return embeddings
