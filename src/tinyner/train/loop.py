"""Train one student on one seed: a plain loop, padded to the longest sentence of each batch."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForTokenClassification

from tinyner import blend
from tinyner.params import Train
from tinyner.scores import strict
from tinyner.train.encode import IGNORED, Encoded
from tinyner.train.rows import UsedRowsEmbedding

_SUBWORDS_A_BATCH = 2048  # of evaluation, padding counted


@dataclass(frozen=True)
class Job:
    """All that training on one seed needs. ``examples``: the distilled sentences, then the original ones."""

    seed: int
    student: str  # a folder
    knobs: Train
    labels: list[str]
    types: list[str]
    sizes: tuple[int, int]  # distilled, original
    examples: Encoded
    dev: Encoded
    dev_tags: list[list[str]]
    test: Encoded
    pad_id: int
    device: str
    target: Path  # folder for the trained model


@dataclass(frozen=True)
class EpochRow:
    """One epoch of one seed. ``loss`` is the mean over batches, ``dev_f1`` None without a dev set."""

    seed: int
    epoch: int
    distilled_share: float
    original_share: float
    sentences: int
    lr: float
    loss: float
    dev_f1: float | None


@dataclass(frozen=True)
class Trained:
    """What one seed gave: its epochs, the dev F1 of the kept weights, and its tags of the test set."""

    seed: int
    epochs: list[EpochRow]
    kept_epoch: int
    dev_f1: float | None
    test_tags: list[list[str]]
    sentences: int
    seconds: float  # of training and dev evaluation


def train_seed(job: Job, report: Callable[[EpochRow], None]) -> Trained:
    """Train, keep the last or best epoch's weights, write the model, and tag the test set.

    The same job gives the same bytes on the same kind of machine: one generator seeds the weights of
    the head, dropout and the draws, and the number of threads is the job's.
    """
    torch.set_num_threads(job.knobs.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # a twentieth of the time, and none is read here
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.manual_seed(job.seed)
    started = time.perf_counter()
    model = _model(job)
    embedding = _train_used_rows(model, job)
    model.to(job.device)
    optimizer = optimizer_of(model, job.knobs)
    shares = blend.weights(job.knobs.schedule, job.knobs.group, job.knobs.epochs)
    rows: list[EpochRow] = []
    best: tuple[float, int, dict[str, Tensor]] | None = None
    for epoch, share in enumerate(shares):
        lr = job.knobs.lr * job.knobs.lr_decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = lr
        order = blend.draw(job.seed, epoch, job.sizes, share)
        loss, steps = _epoch(model, optimizer, job, order)
        embedding.write_back((1.0 - lr * job.knobs.weight_decay) ** steps)
        dev_f1 = None
        if job.dev_tags:
            predicted = tag(model, job.dev, job.labels, job.pad_id, job.device)
            dev_f1 = strict(job.dev_tags, predicted, job.types)["micro"]["f1"]
        rows.append(EpochRow(job.seed, epoch, *share, len(order), lr, loss, dev_f1))
        report(rows[-1])
        if job.knobs.checkpoint == "best" and dev_f1 is not None and (best is None or dev_f1 > best[0]):
            best = (dev_f1, epoch, {name: value.clone() for name, value in _state(model, embedding).items()})
    seconds = time.perf_counter() - started
    kept = job.knobs.epochs - 1
    if best is not None:
        kept = best[1]
        _state_into(model, embedding, best[2])
    test_tags = tag(model, job.test, job.labels, job.pad_id, job.device)
    _save(model, embedding, job.target)
    return Trained(job.seed, rows, kept, rows[kept].dev_f1, test_tags, sum(row.sentences for row in rows), seconds)


def _model(job: Job) -> nn.Module:
    model: nn.Module = AutoModelForTokenClassification.from_pretrained(
        job.student,
        num_labels=len(job.labels),
        id2label=dict(enumerate(job.labels)),
        label2id={label: index for index, label in enumerate(job.labels)},
        dtype=torch.float32,
    )
    return model


def _train_used_rows(model: nn.Module, job: Job) -> UsedRowsEmbedding:
    used = np.unique(np.concatenate([*job.examples.ids, np.array([job.pad_id])]))
    embedding = UsedRowsEmbedding(model.get_input_embeddings(), torch.from_numpy(used))  # type: ignore[operator]
    model.set_input_embeddings(embedding)  # type: ignore[operator]
    return embedding


def optimizer_of(model: nn.Module, knobs: Train) -> torch.optim.AdamW:
    """AdamW over the trained parameters; matrices and embeddings decay, biases and norms don't."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [one for one in trained if one.ndim > 1], "weight_decay": knobs.weight_decay},
        {"params": [one for one in trained if one.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=knobs.lr, fused=True)


def _epoch(model: nn.Module, optimizer: torch.optim.AdamW, job: Job, order: NDArray[np.int64]) -> tuple[float, int]:
    """One pass over the sentences in this order; the mean of the steps' losses, and their number."""
    model.train()
    size = job.knobs.batch_size
    losses: list[float] = []
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        ids, mask = padded([job.examples.ids[index] for index in batch], job.pad_id, job.device)
        if all((job.examples.labels[index] == IGNORED).all() for index in batch):
            continue  # no word of the batch has a subword, so there is no loss
        labels, _ = padded([job.examples.labels[index] for index in batch], IGNORED, job.device)
        logits = model(input_ids=ids, attention_mask=mask).logits
        loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), job.knobs.max_grad_norm)
        optimizer.step()
        losses.append(loss.item())
    return (sum(losses) / len(losses) if losses else 0.0), len(losses)


def padded(rows: Sequence[NDArray[np.int64]], filler: int, device: str) -> tuple[Tensor, Tensor]:
    """Rows as one (rows, longest) tensor, and the mask (int64) of what is not padding."""
    width = max(map(len, rows))
    values = np.full((len(rows), width), filler, dtype=np.int64)
    mask = np.zeros((len(rows), width), dtype=np.int64)
    for index, row in enumerate(rows):
        values[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return torch.from_numpy(values).to(device), torch.from_numpy(mask).to(device)


@torch.inference_mode()
def tag(model: nn.Module, sentences: Encoded, labels: Sequence[str], pad_id: int, device: str) -> list[list[str]]:
    """The tag of each word: the most likely label of its first subword, O where it has none."""
    model.eval()
    result: list[list[str]] = [[] for _ in sentences.ids]
    for batch in _by_length(sentences.ids):
        ids, mask = padded([sentences.ids[index] for index in batch], pad_id, device)
        best = model(input_ids=ids, attention_mask=mask).logits.argmax(-1).cpu().numpy()
        for row, index in enumerate(batch):
            firsts = sentences.firsts[index]
            result[index] = ["O" if first < 0 else labels[best[row, first]] for first in firsts]
    return result


def _by_length(ids: Sequence[NDArray[np.int64]]) -> Iterator[list[int]]:
    """Indices in batches of like length, of bounded size with their padding."""
    batch: list[int] = []
    for index in sorted(range(len(ids)), key=lambda index: (len(ids[index]), index)):
        if batch and (len(batch) + 1) * len(ids[index]) > _SUBWORDS_A_BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _state(model: nn.Module, embedding: UsedRowsEmbedding) -> dict[str, Tensor]:
    return {**model.state_dict(), "table": embedding.table}


def _state_into(model: nn.Module, embedding: UsedRowsEmbedding, state: dict[str, Tensor]) -> None:
    embedding.table.copy_(state["table"])
    model.load_state_dict({name: value for name, value in state.items() if name != "table"})


def _save(model: nn.Module, embedding: UsedRowsEmbedding, target: Path) -> None:
    """Write the model in the Hugging Face format, with a plain embedding again."""
    plain = nn.Embedding.from_pretrained(embedding.table, freeze=False)  # type: ignore[no-untyped-call]
    model.set_input_embeddings(plain)  # type: ignore[operator]
    model.save_pretrained(target)  # type: ignore[operator]
