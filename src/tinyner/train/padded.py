"""The padded method of training: any student of ``transformers``, on a CPU or a GPU.

Batches are padded to the longest sentence on a CPU, on a GPU to a multiple of ``BUCKET`` and to the
full batch, so that few shapes recur. The sentences, once padded, stay on the device. Where CUDA
graphs are asked for, each shape's forward and backward pass is one graph for the BERT family.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tinyner.decoding import Logits
from tinyner.train import compute as computing
from tinyner.train.bert_family import fits
from tinyner.train.encoded import Encoded, by_length
from tinyner.train.layout import IGNORED
from tinyner.train.model import EPSILON, Recipe, generator_seed
from tinyner.train.used_embedding import UsedRowsEmbedding

BUCKET = 16  # subwords
SUBWORDS_A_BATCH = {"cpu": 2048, "cuda": 65536}  # of prediction, padding counted
_WARM_UP = 3  # passes before a capture, as torch asks for


@dataclass(frozen=True)
class Execution:
    """Where and how batches are computed."""

    device: str
    buckets: bool  # pad to a multiple of BUCKET and to the full batch
    bf16: bool  # autocast
    graphs: bool  # capture CUDA graphs

    @classmethod
    def of(cls, compute: str, device: str, cuda_graphs: bool) -> "Execution":
        """Return what a compute path means on a device; CUDA graphs only on a GPU."""
        on_gpu = device == "cuda"
        return cls(device, buckets=on_gpu, bf16=on_gpu and compute == "bf16", graphs=on_gpu and cuda_graphs)


@dataclass(frozen=True)
class _Sentences:
    """All sentences, a row each, and an empty one behind them."""

    ids: Tensor  # (N + 1, longest)
    labels: Tensor  # (N + 1, longest) IGNORED but at words' first subwords
    word_weights: Tensor  # (N + 1, longest) 0 but there
    sums: NDArray[np.float64]  # (2, N + 1) each sentence's labelled subwords, and the sum of their word weights


class Padded:
    """A student in training."""

    method = "padded"

    def __init__(self, model: nn.Module, used: NDArray[np.int64], recipe: Recipe, execution: Execution) -> None:
        """Take ``model`` over; ``used`` are the subwords to train, each once, the padding's among them."""
        self._model, self._recipe, self._execution = model, recipe, execution
        self._device = execution.device
        if not recipe.dropout:
            for module in model.modules():
                if isinstance(module, nn.Dropout):
                    module.p = 0.0
        self._embedding = UsedRowsEmbedding(model.get_input_embeddings(), torch.from_numpy(used))  # type: ignore[operator]
        model.set_input_embeddings(self._embedding)  # type: ignore[operator]
        model.to(self._device)
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        groups = [
            {"params": [parameter for parameter in trained if parameter.ndim > 1], "weight_decay": recipe.weight_decay},
            {"params": [parameter for parameter in trained if parameter.ndim <= 1], "weight_decay": 0.0},
        ]
        self._trained = trained
        self._graphed = execution.graphs and can_be_graphed(model)
        self._optimizer = torch.optim.AdamW(groups, lr=0.0, fused=True, capturable=self._graphed)
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor, Tensor]] = {}
        self._statics: dict[int, tuple[Tensor, Tensor, Tensor, Tensor]] = {}
        self._resident: tuple[Encoded, _Sentences] | None = None
        self._factor = 1.0
        self._decayed = 1.0

    def begin_epoch(self, seed: int, epoch: int, lr: float) -> None:
        """Set the learning rate, and the source of dropout."""
        if self._graphed and not self._graphs:
            widths = {self._width(longest) for longest in range(1, self._recipe.max_length + 1)}
            self._pool = torch.cuda.graph_pool_handle()  # of all graphs, since one runs at a time
            for parameter in self._trained:  # once: each graph adds to these very gradients, wherever they lie
                parameter.grad = torch.zeros_like(parameter)
            for width in sorted(widths, reverse=True):
                self._capture(width)
        torch.manual_seed(generator_seed(seed, epoch))
        self._factor = 1.0 - lr * self._recipe.weight_decay
        for group in self._optimizer.param_groups:
            group["lr"] = lr
        self._model.train()

    def _width(self, longest: int) -> int:
        if not self._execution.buckets:
            return longest
        return min(-(-longest // BUCKET) * BUCKET, self._recipe.max_length)

    def _on_device(self, data: Encoded) -> _Sentences:
        """Return all sentences on the device, padded to the longest; they are kept for the next call."""
        if self._resident is None or self._resident[0] is not data:
            width = self._width(int(np.diff(data.bounds).max(initial=1)))
            ids = np.full((len(data) + 1, width), self._recipe.pad_id, dtype=np.int64)  # the last one stays empty
            labels = np.full_like(ids, IGNORED)
            word_weights = np.zeros(ids.shape, dtype=np.float32)
            sums = np.zeros((2, len(ids)))
            for index in range(len(data)):
                subwords, firsts, gold, counts = data.sentence(index)
                ids[index, : len(subwords)] = subwords
                labels[index, firsts] = gold
                word_weights[index, firsts] = counts
                sums[:, index] = len(firsts), counts.sum(dtype=np.float64)
            moved = [torch.from_numpy(array).to(self._device) for array in (ids, labels, word_weights)]
            self._resident = (data, _Sentences(moved[0], moved[1], moved[2], sums))
        return self._resident[1]

    def _loss(self, ids: Tensor, labels: Tensor, word_weights: Tensor, lengths: Tensor) -> Tensor:
        """Return the mean of the labelled subwords' losses times ``word_weights`` (sentences, longest) of mean 1."""
        mask = attention_mask(lengths, ids.shape[1], for_graph=self._graphed)
        with computing.autocast(self._device, self._execution.bf16):
            logits = self._model(input_ids=ids, attention_mask=mask).logits
        logs = torch.log_softmax(logits.float().flatten(0, 1), -1) * word_weights.flatten()[:, None]
        return functional.nll_loss(logs, labels.flatten(), ignore_index=IGNORED)

    def _capture(self, width: int) -> None:
        shape = (self._recipe.batch_size, width)
        ids = torch.full(shape, self._recipe.pad_id, device=self._device)
        labels = torch.zeros(shape, dtype=torch.int64, device=self._device)
        word_weights = torch.ones(shape, device=self._device)
        lengths = torch.full(shape[:1], width, device=self._device)
        self._model.train()

        def passes() -> tuple[Tensor, Tensor]:
            for parameter in self._trained:
                assert parameter.grad is not None
                parameter.grad.zero_()
            loss = self._loss(ids, labels, word_weights, lengths)
            loss.backward()  # type: ignore[no-untyped-call]
            return loss.detach(), self._excess()

        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UP):
                passes()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            loss, excess = passes()
        self._graphs[width] = (graph, loss, excess)
        self._statics[width] = (ids, labels, word_weights, lengths)

    def step(self, data: Encoded, batch: NDArray[np.int64]) -> Tensor | None:
        """Take a step on sentences of ``data``; return the loss, None where none of their words counts."""
        sentences = self._on_device(data)
        count, total = sentences.sums[:, batch].sum(axis=1)
        if not total:
            return None
        lengths = np.diff(data.bounds)[batch]
        width = self._width(int(lengths.max()))
        if self._execution.buckets:  # a short batch is filled up with empty sentences, one subword long
            missing = self._recipe.batch_size - len(batch)
            batch = np.concatenate([batch, np.full(missing, len(data))])
            lengths = np.concatenate([lengths, np.ones(missing, dtype=lengths.dtype)])
        rows = torch.from_numpy(batch).to(self._device)
        ids, labels = sentences.ids[rows, :width], sentences.labels[rows, :width]
        word_weights = sentences.word_weights[rows, :width] * float(count / total)  # mean 1, as mean_one's
        loss, excess = self._passes(ids, labels, word_weights, torch.from_numpy(lengths).to(self._device))
        # The optimizer divides by grad_scale while it updates, so clipping costs no pass.
        self._optimizer.grad_scale = excess  # type: ignore[attr-defined]
        self._optimizer.step()
        self._decayed *= self._factor
        return loss

    def _excess(self) -> Tensor:
        """Return by how much the gradients' norm exceeds the largest that is allowed, as a factor of at least 1."""
        gradients = [parameter.grad for parameter in self._trained if parameter.grad is not None]
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients]))
        excess: Tensor = ((norm + EPSILON) / self._recipe.max_grad_norm).clamp(min=1.0)
        return excess

    def _passes(self, ids: Tensor, labels: Tensor, word_weights: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Pass forwards and backwards; return the loss, and by how much the gradients exceed the norm allowed."""
        width = ids.shape[1]
        if width in self._graphs:
            graph, loss, excess = self._graphs[width]
            for static, value in zip(self._statics[width], (ids, labels, word_weights, lengths), strict=True):
                static.copy_(value)
            graph.replay()
            return loss.clone(), excess
        self._optimizer.zero_grad(set_to_none=True)
        loss = self._loss(ids, labels, word_weights, lengths)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach(), self._excess()

    def end_epoch(self) -> None:
        """Bring the whole table of word embeddings up to date."""
        self._embedding.write_back(self._decayed)
        self._decayed = 1.0

    @torch.inference_mode()
    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""
        self._model.eval()

        def of_subwords(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Logits:
            inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            with computing.autocast(self._device, self._execution.bf16):
                logits = self._model(**{name: value.to(self._device) for name, value in inputs.items()}).logits
            result: Logits = logits.float().cpu().numpy()
            return result

        labels: int = self._model.config.num_labels  # type: ignore[union-attr,assignment]
        return padded_logits(of_subwords, data, labels, self._recipe.pad_id, SUBWORDS_A_BATCH[self._device])

    def weights(self) -> dict[str, Tensor]:
        """Return all that training changed, as it stands (no copies)."""
        return {**self._model.state_dict(), "table": self._embedding.table}

    def moments(self) -> dict[str, Tensor]:
        """Return the optimizer's state, as it stands (no copies)."""
        return {
            f"{index}.{name}": value
            for index, parameter in enumerate(self._trained)
            for name, value in self._optimizer.state[parameter].items()
        }

    def restore(self, weights: dict[str, Tensor], moments: dict[str, Tensor]) -> None:
        """Go on from what ``weights`` and, where training goes on, ``moments`` gave."""
        self._embedding.table.copy_(weights["table"])
        self._model.load_state_dict({name: value for name, value in weights.items() if name != "table"})
        for key, value in moments.items():
            index, name = key.split(".")
            self._optimizer.state[self._trained[int(index)]][name] = value.to(self._device, copy=True)

    def export(self, folder: Path) -> None:
        """Write the model in the Hugging Face format, with a plain embedding again."""
        plain = nn.Embedding.from_pretrained(self._embedding.table, freeze=False)  # type: ignore[no-untyped-call]
        self._model.set_input_embeddings(plain)  # type: ignore[operator]
        self._model.save_pretrained(folder)  # type: ignore[operator]
        self._model.set_input_embeddings(self._embedding)  # type: ignore[operator]


def can_be_graphed(model: nn.Module) -> bool:
    """Return whether a model is of the BERT family and takes the mask of a graph: torch's own attention does.

    The attention that ``transformers`` writes out (eager) would add the booleans to the scores.
    """
    config = model.config
    return fits(config) and config._attn_implementation == "sdpa"  # type: ignore[union-attr]


def attention_mask(lengths: Tensor, width: int, for_graph: bool) -> Tensor:
    """Return which subwords of sentences of ``lengths`` (n,) are no padding, as ``transformers`` takes it.

    Returns:
        (n, width) of 0 and 1; for a CUDA graph (n, 1, width, width) of booleans, which ``transformers`` passes
        on to torch as it is: it looks into the values of the other, which no graph allows.
    """
    mask = torch.arange(width, device=lengths.device) < lengths[:, None]
    return mask[:, None, None].expand(-1, 1, width, -1) if for_graph else mask.long()


OfSubwords = Callable[[NDArray[np.int64], NDArray[np.int64]], Logits]
"""Ids and mask, (sentences, longest), to the logits of each subword, (sentences, longest, labels)."""


def padded_logits(of_subwords: OfSubwords, data: Encoded, labels: int, pad_id: int, budget: int) -> Logits:
    """Return the logits of each word (W, labels), 0 without a subword, by batches of at most ``budget`` subwords.

    Padding is counted.
    """
    result = np.zeros((len(data.firsts), labels), dtype=np.float32)
    for batch in by_length(data, budget, padded=True):
        rows = [data.sentence(index)[0] for index in batch]
        ids = np.full((len(rows), max(map(len, rows))), pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, subwords in enumerate(rows):
            ids[row, : len(subwords)] = subwords
            mask[row, : len(subwords)] = 1
        logits = of_subwords(ids, mask)
        for row, index in enumerate(batch):
            words = slice(data.word_bounds[index], data.word_bounds[index + 1])
            firsts = data.firsts[words]
            result[words] = logits[row, np.maximum(firsts, 0)] * (firsts >= 0)[:, None]
    return result
