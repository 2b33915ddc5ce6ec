"""An embedding of which only the rows that the training set uses are trained.

A subword that no training sentence has gets no gradient, so Adam leaves its row alone: its moments
stay 0, and so does its step. Weight decay alone moves it, by the factor 1 - lr * decay a step, and a
product of those is all there is to keep. So the optimizer, the gradient's norm and the gradient
itself need no more rows than the training set has subwords; the result is the plain loop's.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class UsedRowsEmbedding(nn.Module):
    """Stands in for an ``nn.Embedding`` of V rows; trains the ``used`` ones.

    In training mode it embeds used ids only. In evaluation mode it embeds any id, from the whole
    table as of the last ``write_back``.
    """

    table: Tensor
    _place: Tensor
    _used: Tensor

    def __init__(self, embedding: nn.Embedding, used: Tensor) -> None:
        """Take the weights of ``embedding``; ``used`` are row numbers (int64), each once."""
        super().__init__()
        weight = embedding.weight.detach()
        self.rows = nn.Parameter(weight[used].clone())
        self.register_buffer("table", weight.clone(), persistent=False)
        self.register_buffer("_used", used, persistent=False)
        place = torch.full((len(weight),), -1, dtype=torch.int64)
        place[used] = torch.arange(len(used))
        self.register_buffer("_place", place, persistent=False)
        padding = embedding.padding_idx
        self._padding = int(place[padding]) if padding is not None and int(place[padding]) >= 0 else None

    def forward(self, ids: Tensor) -> Tensor:
        """Return embeddings, ``ids.shape`` + (dimension,)."""
        if self.training:
            return functional.embedding(self._place[ids], self.rows, padding_idx=self._padding)
        return functional.embedding(ids, self.table)

    @torch.no_grad()
    def write_back(self, decay: float) -> None:
        """Bring the table up to date: the trained rows, and the others times ``decay`` since the last time."""
        if decay != 1.0:
            self.table.mul_(decay)
        self.table[self._used] = self.rows
