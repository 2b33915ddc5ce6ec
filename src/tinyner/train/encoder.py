"""BERT's encoder, forwards and backwards, on packed sentences; weights, gradients and moments lie flat.

The backward pass is written by hand, not recorded by autograd: gradients are written where the optimizer
reads them, the last layer computes only the labelled subwords, dropout takes 16 random bits a decision,
and the optimizer clips while it updates. The result is that of ``transformers`` up to the rounding of sums.
It fits the BERT family, see ``bert_family``; other students are trained by ``padded``.

Sources: Devlin et al. 2019 (arXiv 1810.04805) for the layer, Hendrycks and Gimpel 2016 for GELU.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tinyner.train.bert_family import Shape
from tinyner.train.layout import IGNORED, Group, Pack

_aten = torch.ops.aten


class Dropout:
    """Masks of one step, cut from one draw of 16 bits a decision."""

    def __init__(self, shape: Shape, generator: np.random.SFC64) -> None:
        """Draw from ``generator``."""
        self._shape, self._generator = shape, generator

    def draw(self, pack: Pack) -> list[Tensor | None]:
        """Return masks in the order of use: embeddings, (attention.., o, down) of each layer, head.

        Each holds 0 or 1/(1-p); None stands for a mask where p is 0.
        """
        shape, size, rows = self._shape, len(pack.ids) * self._shape.hidden, len(pack.labelled) * self._shape.hidden
        sizes = [(size, shape.drop_hidden)]
        for layer in range(shape.layers):
            last = layer == shape.layers - 1
            for group in pack.last if last else pack.full:
                sizes.append((int(np.prod(group.shape)), shape.drop_attention))
            sizes += [(rows if last else size, shape.drop_hidden)] * 2
        sizes.append((rows, shape.drop_head))
        total = sum(count for count, share in sizes if share)
        bits = torch.from_numpy(self._generator.random_raw(total // 4 + 1).view(np.int16))
        masks: list[Tensor | None] = []
        begin = 0
        for count, share in sizes:
            if not share:
                masks.append(None)
                continue
            dropped = round(share * 65536)
            mask = torch.empty(count)
            torch.ge(bits[begin : begin + count], dropped - 32768, out=mask)
            masks.append(mask.mul_(65536 / (65536 - dropped)))
            begin += count
        return masks


@dataclass
class _Attention:
    """What attention of one group keeps for its backward pass."""

    q: Tensor
    k: Tensor
    v: Tensor
    share: Tensor
    mask: Tensor | None
    kept: Tensor


@dataclass
class _Layer:
    """What a layer keeps for its backward pass."""

    x: Tensor
    asks: Tensor
    groups: list[_Attention]
    context: Tensor
    o_mask: Tensor | None
    sum1: Tensor
    norm1: tuple[Tensor, Tensor, Tensor]
    up: Tensor
    active: Tensor
    down_mask: Tensor | None
    sum2: Tensor
    norm2: tuple[Tensor, Tensor, Tensor]


class Encoder:
    """Weights by name, as views of a flat tensor, and their gradients, as views of another."""

    def __init__(self, shape: Shape, weights: dict[str, Tensor], gradients: dict[str, Tensor]) -> None:
        """Take ``weights`` and ``gradients`` by the names of ``names_of``; of the word embeddings the trained rows."""
        self.shape, self.w, self.g = shape, weights, gradients

    def forward(self, pack: Pack, embedded: Tensor, masks: list[Tensor | None] | None) -> tuple[Tensor, "Tape"]:
        """Return logits (R, labels) of the labelled subwords, and what ``backward`` needs.

        Args:
            pack: the batch.
            embedded: (T, hidden) the words' embeddings; changed in place.
            masks: of ``Dropout.draw``; None predicts.
        """
        w, shape = self.w, self.shape
        take: Iterator[Tensor | None] = itertools.repeat(None) if masks is None else iter(masks)
        embedded += w["position"][pack.positions + shape.offset]
        embedded += w["token_type"][0]
        x, mean, rstd = self._norm(embedded, "embed.norm")
        tape = Tape(pack, embedded, (x, mean, rstd), None, [], embedded, None)
        x = tape.embed_mask_in(next(take), x)
        for layer in range(shape.layers):
            kept = self._layer(layer, pack, x, take)
            tape.layers.append(kept)
            x = kept.norm2[0]
        mask = next(take)
        tape.head_mask = mask
        tape.head_in = x if mask is None else x * mask.view_as(x)
        return torch.addmm(w["head.bias"], tape.head_in, w["head"].t()), tape

    def _norm(self, x: Tensor, name: str) -> tuple[Tensor, Tensor, Tensor]:
        return torch.native_layer_norm(
            x, [self.shape.hidden], self.w[f"{name}.weight"], self.w[f"{name}.bias"], self.shape.eps
        )

    def _layer(self, layer: int, pack: Pack, x: Tensor, take: Iterator[Tensor | None]) -> _Layer:
        w, hidden = self.w, self.shape.hidden
        last = layer == self.shape.layers - 1
        asks = x[pack.labelled] if last else x
        q = _with_zero_row(len(asks), hidden)
        torch.addmm(w[f"{layer}.q.bias"], asks, w[f"{layer}.q"].t(), out=q[:-1])
        kv = _with_zero_row(len(x), 2 * hidden)
        torch.addmm(w[f"{layer}.kv.bias"], x, w[f"{layer}.kv"].t(), out=kv[:-1])
        groups = pack.last if last else pack.full
        context = torch.empty(len(asks), hidden)
        context[groups[-1].rows.stop :] = 0.0
        kept = [self._attend(group, q, kv, context, next(take)) for group in groups]
        sum1 = torch.addmm(w[f"{layer}.o.bias"], context, w[f"{layer}.o"].t())
        o_mask = next(take)
        if o_mask is not None:
            sum1.mul_(o_mask.view_as(sum1))
        sum1 += asks
        norm1 = self._norm(sum1, f"{layer}.norm1")
        up = torch.addmm(w[f"{layer}.up.bias"], norm1[0], w[f"{layer}.up"].t())
        active = functional.gelu(up)
        sum2 = torch.addmm(w[f"{layer}.down.bias"], active, w[f"{layer}.down"].t())
        down_mask = next(take)
        if down_mask is not None:
            sum2.mul_(down_mask.view_as(sum2))
        sum2 += norm1[0]
        norm2 = self._norm(sum2, f"{layer}.norm2")
        return _Layer(x, asks, kept, context, o_mask, sum1, norm1, up, active, down_mask, sum2, norm2)

    def _attend(self, group: Group, q: Tensor, kv: Tensor, context: Tensor, mask: Tensor | None) -> _Attention:
        count, heads, most, longest = group.shape
        size = self.shape.hidden // heads
        asks = q.view(-1, size).index_select(0, group.queries).view(count * heads, most, size)
        k, v = kv.view(-1, size).index_select(0, group.keys).view(2, count * heads, longest, size)
        if group.hidden is None:
            scores = torch.bmm(asks, k.mT).mul_(size**-0.5)
        else:
            scores = torch.baddbmm(group.hidden, asks, k.mT, alpha=size**-0.5)
        share = torch.softmax(scores, -1)
        kept = share if mask is None else share * mask.view_as(share)
        attended = torch.bmm(kept, v).view(-1, size)
        torch.index_select(attended, 0, group.back, out=context[group.rows].view(-1, size))
        return _Attention(asks, k, v, share, mask, kept)

    def backward(self, tape: "Tape", logits_gradient: Tensor, embedding_gradient: Tensor, places: Tensor) -> None:
        """Write every gradient; ``embedding_gradient`` (rows, hidden) is added to at ``places`` (T,)."""
        w, g, shape = self.w, self.g, self.shape
        pack = tape.pack
        torch.mm(logits_gradient.t(), tape.head_in, out=g["head"])
        torch.sum(logits_gradient, 0, out=g["head.bias"])
        d = torch.mm(logits_gradient, w["head"])
        if tape.head_mask is not None:
            d.mul_(tape.head_mask.view_as(d))
        for layer in reversed(range(shape.layers)):
            d = self._layer_back(layer, pack, tape.layers.pop(), d)
        if tape.mask is not None:
            d.mul_(tape.mask.view_as(d))
        d = self._norm_back(d, tape.summed, tape.norm, "embed.norm")
        g["position"].zero_().index_add_(0, pack.positions + shape.offset, d)
        g["token_type"].zero_()
        torch.sum(d, 0, out=g["token_type"][0])
        embedding_gradient.index_add_(0, places, d)

    def _norm_back(self, d: Tensor, x: Tensor, norm: tuple[Tensor, Tensor, Tensor], name: str) -> Tensor:
        weight, bias = f"{name}.weight", f"{name}.bias"
        result: Tensor
        result, self.g[weight][:], self.g[bias][:] = _aten.native_layer_norm_backward(
            d, x, [self.shape.hidden], norm[1], norm[2], self.w[weight], self.w[bias], [True, True, True]
        )
        return result

    def _dense_back(self, name: str, d: Tensor, x: Tensor) -> Tensor:
        """Write the gradients of x @ W.T + b by W and b, and return that by x."""
        torch.mm(d.t(), x, out=self.g[name])
        torch.sum(d, 0, out=self.g[f"{name}.bias"])
        return torch.mm(d, self.w[name])

    def _layer_back(self, layer: int, pack: Pack, kept: _Layer, d: Tensor) -> Tensor:
        hidden, last = self.shape.hidden, layer == self.shape.layers - 1
        d_sum2 = self._norm_back(d, kept.sum2, kept.norm2, f"{layer}.norm2")
        d = d_sum2 if kept.down_mask is None else d_sum2 * kept.down_mask.view_as(d_sum2)
        d = self._dense_back(f"{layer}.down", d, kept.active)
        d = self._dense_back(f"{layer}.up", _aten.gelu_backward(d, kept.up), kept.norm1[0])
        d_sum1 = self._norm_back(d.add_(d_sum2), kept.sum1, kept.norm1, f"{layer}.norm1")
        d = d_sum1 if kept.o_mask is None else d_sum1 * kept.o_mask.view_as(d_sum1)
        d_context = _with_zero_row(len(d), hidden)
        torch.mm(d.t(), kept.context, out=self.g[f"{layer}.o"])
        torch.sum(d, 0, out=self.g[f"{layer}.o.bias"])
        torch.mm(d, self.w[f"{layer}.o"], out=d_context[:-1])
        d_q, d_kv = torch.empty(len(d), hidden), torch.empty(len(kept.x), 2 * hidden)
        groups = pack.last if last else pack.full
        d_q[groups[-1].rows.stop :] = 0.0
        d_kv[groups[-1].tokens.stop :] = 0.0
        for group, attention in zip(groups, kept.groups, strict=True):
            self._attend_back(group, attention, d_context, d_q, d_kv)
        d_asks = self._dense_back(f"{layer}.q", d_q, kept.asks).add_(d_sum1)
        d_x = self._dense_back(f"{layer}.kv", d_kv, kept.x)
        return d_x.index_add_(0, pack.labelled, d_asks) if last else d_x.add_(d_asks)

    def _attend_back(self, group: Group, kept: _Attention, d_context: Tensor, d_q: Tensor, d_kv: Tensor) -> None:
        count, heads, most, longest = group.shape
        size = self.shape.hidden // heads
        d = d_context.view(-1, size).index_select(0, group.queries).view(count * heads, most, size)
        gathered = torch.empty(2, count * heads, longest, size)
        torch.bmm(kept.kept.mT, d, out=gathered[1])
        d_share = torch.bmm(d, kept.v.mT)
        if kept.mask is not None:
            d_share.mul_(kept.mask.view_as(d_share))
        d_scores = _aten._softmax_backward_data(d_share, kept.share, -1, torch.float32).mul_(size**-0.5)
        torch.bmm(d_scores.mT, kept.q, out=gathered[0])
        d_asks = torch.bmm(d_scores, kept.k).view(-1, size)
        torch.index_select(d_asks, 0, group.back, out=d_q[group.rows].view(-1, size))
        torch.index_select(gathered.view(-1, size), 0, group.keys_back, out=d_kv[group.tokens].view(-1, size))


@dataclass
class Tape:
    """What the backward pass needs of the forward pass."""

    pack: Pack
    summed: Tensor
    norm: tuple[Tensor, Tensor, Tensor]
    mask: Tensor | None
    layers: list[_Layer]
    head_in: Tensor
    head_mask: Tensor | None

    def embed_mask_in(self, mask: Tensor | None, x: Tensor) -> Tensor:
        """Keep the embeddings' mask, and return ``x`` with it applied."""
        self.mask = mask
        return x if mask is None else x * mask.view_as(x)


def _with_zero_row(rows: int, columns: int) -> Tensor:
    buffer = torch.empty(rows + 1, columns)
    buffer[-1] = 0.0
    return buffer


def cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor, real: int) -> tuple[Tensor, Tensor]:
    """Return the weighted mean loss over the first ``real`` rows, and its gradient (R, labels), 0 in the others.

    Args:
        logits: (R, labels).
        labels: (R,) ``IGNORED`` behind the real rows.
        weights: (R,) of mean 1 over the real rows, as ``mean_one`` gives them, and 0 behind.
        real: rows that are words.
    """
    logs = torch.log_softmax(logits, -1)
    gradient = logs.exp()
    gradient[torch.arange(real), labels[:real]] -= 1.0
    by_row = weights[:, None]
    return functional.nll_loss(logs * by_row, labels, ignore_index=IGNORED), gradient.mul_(by_row).div_(real)
