"""The plain loop: padding, the whole embedding, torch's AdamW, no tricks. What all else must equal."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from tinyner.train.encoded import Encoded


def pad(
    data: Encoded, batch: Sequence[int], pad_id: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """(ids, mask, labels, weights), each (sentences, longest)."""
    rows = [data.sentence(index) for index in batch]
    width = max(len(ids) for ids, *_ in rows)
    ids = torch.full((len(rows), width), pad_id)
    labels = torch.full((len(rows), width), -100)
    weights = torch.zeros(len(rows), width)
    for row, (subwords, firsts, gold, word_weights) in enumerate(rows):
        ids[row, : len(subwords)] = torch.from_numpy(subwords.astype(np.int64))
        labels[row, torch.from_numpy(firsts.astype(np.int64))] = torch.from_numpy(gold.astype(np.int64))
        weights[row, torch.from_numpy(firsts.astype(np.int64))] = torch.from_numpy(word_weights.copy())
    mask = torch.tensor([[column < len(ids) for column in range(width)] for ids, *_ in rows]).long()
    return ids, mask, labels, weights


class Plain:
    """A model in training, as a tutorial does it."""

    def __init__(self, model: nn.Module, lr: float, weight_decay: float, pad_id: int = 0) -> None:
        matrices = [parameter for parameter in model.parameters() if parameter.ndim > 1]
        vectors = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
        self.model, self.pad_id = model, pad_id
        self.optimizer = torch.optim.AdamW(groups, lr=lr)

    def step(self, data: Encoded, batch: Sequence[int]) -> float:
        ids, mask, labels, weights = pad(data, batch, self.pad_id)
        logits = self.model(input_ids=ids, attention_mask=mask).logits
        losses = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100, reduction="none")
        loss = (losses * weights.flatten()).sum() / weights.sum()
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()

    @torch.inference_mode()
    def predict(self, data: Encoded) -> NDArray[Any]:
        """The label ids of all words that have a subword."""
        self.model.eval()
        label_ids = []
        for index in range(len(data)):
            ids, mask, *_ = pad(data, [index], self.pad_id)
            best = self.model(input_ids=ids, attention_mask=mask).logits[0].argmax(-1).numpy()
            label_ids.append(best[data.sentence(index)[1]])
        return np.concatenate(label_ids)


def without_dropout(model: nn.Module) -> nn.Module:
    """The model, in training mode but for its dropout."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model.train()
