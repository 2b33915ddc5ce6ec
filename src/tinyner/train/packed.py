"""The packed method of training: an encoder written here on flat weights, AdamW over the rows in use.

Two flat tensors hold what decays (matrices, embeddings) and what doesn't (biases, norms), so that the
optimizer and the gradient's norm are a pass each. Of the word embeddings only the rows that the
training set uses are in them: see ``used_embedding`` for why that is exact.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinyner.decoding import Logits
from tinyner.train.adamw import AdamW
from tinyner.train.bert_family import names_of, shape_of
from tinyner.train.encoded import Encoded, by_length
from tinyner.train.encoder import Dropout, Encoder, cross_entropy
from tinyner.train.layout import IGNORED, pack
from tinyner.train.model import EPSILON, Recipe, generator_seed, mean_one
from tinyner.train.plain_student import TrainableModel

SUBWORDS_A_BATCH = 1024  # of prediction


class Packed:
    """A student of the BERT family in training, on the CPU."""

    method = "packed"

    def __init__(self, model: TrainableModel, used: NDArray[np.int64], recipe: Recipe, multiple: int) -> None:
        """Take the weights of ``model``; ``used`` are the subwords to train, each once, in order."""
        config: Any = model.config
        self._model, self._multiple, self._recipe = model, multiple, recipe
        self.shape = shape_of(config)
        self._names = names_of(self.shape, model.base_model_prefix)
        state = model.state_dict()
        self._table = state[self._names[0]["word"][0]].clone()
        self._used = torch.from_numpy(used)
        self._place = np.zeros(len(self._table), dtype=np.int64)
        self._place[used] = np.arange(len(used))
        pad = config.pad_token_id
        self._padding = int(self._place[pad]) if pad in used else None
        self._flat: list[Tensor] = []
        self._flat_gradients: list[Tensor] = []
        weights: dict[str, Tensor] = {}
        gradients: dict[str, Tensor] = {}
        for names in self._names:
            values = {ours: torch.cat([state[part] for part in parts]) for ours, parts in names.items()}
            if "word" in values:
                values["word"] = values["word"][self._used]
            flat = torch.cat([value.flatten() for value in values.values()])
            gradient = torch.zeros_like(flat)
            begin = 0
            for ours, value in values.items():
                part = slice(begin, begin + value.numel())
                weights[ours], gradients[ours] = flat[part].view_as(value), gradient[part].view_as(value)
                begin = part.stop
            self._flat.append(flat)
            self._flat_gradients.append(gradient)
        self._encoder = Encoder(self.shape, weights, gradients)
        self._optimizer: AdamW | None = None  # until the first step
        self._touched: Tensor | None = None
        self._factor = 1.0  # that weight decay gives a step to rows that are not trained
        self._decayed = 1.0  # the same since the last epoch's end
        self._decays: list[float] = []  # of the epochs done

    def begin_epoch(self, seed: int, epoch: int, lr: float) -> None:
        """Set the learning rate, and the source of dropout."""
        self._bits = np.random.SFC64(generator_seed(seed, epoch))
        self._lr, self._factor = lr, 1.0 - lr * self._recipe.weight_decay

    @torch.no_grad()
    def step(self, data: Encoded, batch: NDArray[np.int64]) -> Tensor | None:
        """Take a step on sentences of ``data``; return the loss, None where none of their words counts."""
        ids, firsts, gold, word_weights = zip(*(data.sentence(index) for index in batch), strict=True)
        packed = pack(ids, firsts, self.shape.heads, self._multiple)
        counted = mean_one(np.concatenate([word_weights[index] for index in packed.order]))
        if counted is None:
            return None
        labels = np.full(len(packed.labelled), IGNORED, dtype=np.int64)
        labels[: packed.words] = np.concatenate([gold[index] for index in packed.order])
        by_row = np.zeros(len(labels), dtype=np.float32)
        by_row[: packed.words] = counted
        places = torch.from_numpy(self._place[packed.ids])
        words, gradient = self._encoder.w["word"], self._encoder.g["word"]
        masks = Dropout(self.shape, self._bits).draw(packed) if self._recipe.dropout else None
        logits, tape = self._encoder.forward(packed, words[places], masks)
        loss, logits_gradient = cross_entropy(logits, torch.from_numpy(labels), torch.from_numpy(by_row), packed.words)
        if self._touched is not None:
            gradient[self._touched] = 0.0  # the others are still 0
        self._touched = places
        self._encoder.backward(tape, logits_gradient, gradient, places)
        if self._padding is not None:
            gradient[self._padding] = 0.0  # as padding_idx has it
        # The optimizer divides by grad_scale while it updates, so clipping costs no pass.
        norms = [torch.linalg.vector_norm(flat) for flat in self._flat_gradients]
        excess = (torch.linalg.vector_norm(torch.stack(norms)) + EPSILON) / self._recipe.max_grad_norm
        self._optimizer = self._optimizer or self._new_optimizer()
        self._optimizer.step(self._lr, excess if excess > 1.0 else None)
        self._decayed *= self._factor
        return loss

    def end_epoch(self) -> None:
        """Bring the whole table of word embeddings up to date."""
        if self._decayed != 1.0:
            self._table.mul_(self._decayed)
            self._decays.append(self._decayed)
            self._decayed = 1.0
        self._table[self._used] = self._encoder.w["word"]

    @torch.inference_mode()
    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""
        return packed_logits(self._encoder, self._table, data, self._multiple)

    def weights(self) -> dict[str, Tensor]:
        """Return all that training changed, as it stands (no copies)."""
        decays = torch.tensor(self._decays, dtype=torch.float64)
        return {"decaying": self._flat[0], "plain": self._flat[1], "decays": decays}

    def moments(self) -> dict[str, Tensor]:
        """Return the optimizer's state, as it stands (no copies)."""
        return self._optimizer.state() if self._optimizer else {}

    def restore(self, weights: dict[str, Tensor], moments: dict[str, Tensor]) -> None:
        """Go on from what ``weights`` and, where training goes on, ``moments`` gave."""
        for flat, name in zip(self._flat, ("decaying", "plain"), strict=True):
            flat.copy_(weights[name])
        self._decays = weights["decays"].tolist()
        self._table.copy_(self._model.state_dict()[self._names[0]["word"][0]])
        for decay in self._decays:
            self._table.mul_(decay)
        self._table[self._used] = self._encoder.w["word"]
        if moments:
            self._optimizer = self._new_optimizer()
            self._optimizer.restore(moments)

    def _new_optimizer(self) -> AdamW:
        return AdamW(self._flat, self._flat_gradients, (self._recipe.weight_decay, 0.0))

    def export(self, folder: Path) -> None:
        """Write the model in the Hugging Face format."""
        state = self._model.state_dict()
        for names in self._names:
            for ours, parts in names.items():
                value = self._table if ours == "word" else self._encoder.w[ours]
                for part, chunk in zip(parts, value.chunk(len(parts)), strict=True):
                    state[part].copy_(chunk)
        self._model.save_pretrained(folder)


def packed_logits(encoder: Encoder, table: Tensor, data: Encoded, multiple: int) -> Logits:
    """Return the logits of each word (W, labels), 0 without a subword; ``table`` (V, hidden) embeds the subwords."""
    result = np.zeros((len(data.firsts), len(encoder.w["head.bias"])), dtype=np.float32)
    for batch in by_length(data, SUBWORDS_A_BATCH, padded=False):
        places, logits = batch_logits(encoder, table, data, batch, multiple)
        result[places] = logits
    return result


def batch_logits(
    encoder: Encoder, table: Tensor, data: Encoded, batch: Sequence[int], multiple: int
) -> tuple[NDArray[np.int64], Logits]:
    """Return the words (R,) with a subword of some sentences, as places in ``data``, and their logits (R, labels)."""
    ids, firsts, _, _ = zip(*(data.sentence(index) for index in batch), strict=True)
    packed = pack(ids, firsts, encoder.shape.heads, multiple)
    bounds = data.word_bounds
    words = [np.arange(bounds[batch[index]], bounds[batch[index] + 1]) for index in packed.order]
    places = np.concatenate(words)
    places = places[data.firsts[places] >= 0]
    if not len(places):
        return places, np.zeros((0, len(encoder.w["head.bias"])), dtype=np.float32)
    logits, _ = encoder.forward(packed, table[torch.from_numpy(packed.ids)], None)
    return places, logits[: packed.words].numpy()
