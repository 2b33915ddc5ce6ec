"""The loop on the real student and a few real sentences."""

import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional
from transformers import AutoModelForTokenClassification

from tinyner import blend
from tinyner.errors import UserError
from tinyner.params import Params
from tinyner.prepare import corpus
from tinyner.train.encode import IGNORED, encode, load_tokenizer
from tinyner.train.loop import EpochRow, Job, Trained, optimizer_of, padded, train_seed
from tinyner.train.seeds import train_all, workers_of


@pytest.fixture(scope="module")
def job(student: Path, knobs: Params, tmp_path_factory: pytest.TempPathFactory) -> Job:
    sentences = corpus.read("wheel", list(knobs.types))
    train, dev = sentences["train"][:24], sentences["valid"][:10]
    tokenizer = load_tokenizer(str(student), 64)

    def encoded(rows: Any) -> Any:
        return encode([row["words"] for row in rows], [row["tags"] for row in rows], tokenizer, knobs.labels, 64)

    update = {"epochs": 2, "lr": 1e-3, "lr_decay": 0.5, "max_length": 64, "threads": 1}
    return Job(
        seed=1,
        student=str(student),
        knobs=knobs.train.model_copy(update=update),
        labels=knobs.labels,
        types=list(knobs.types),
        sizes=(16, 8),
        examples=encoded(train),
        dev=encoded(dev),
        dev_tags=[row["tags"] for row in dev],
        test=encoded(dev),
        pad_id=tokenizer.pad_token_id,
        device="cpu",
        target=tmp_path_factory.mktemp("models") / "one",
    )


@pytest.fixture(scope="module")
def trained(job: Job) -> Trained:
    return train_seed(job, lambda row: None)


def test_epochs_follow_the_schedule_and_the_decay(trained: Trained) -> None:
    assert [(row.distilled_share, row.original_share, row.sentences) for row in trained.epochs] == [
        (1, 0, 16),
        (0, 1, 8),
    ]
    assert [row.lr for row in trained.epochs] == [1e-3, 5e-4]
    assert trained.sentences == 24
    assert trained.kept_epoch == 1


def test_the_loss_is_the_plain_loops(job: Job, trained: Trained) -> None:
    """The first epoch, in torch's own parts: whole embedding, plain AdamW, one padded batch after another."""
    torch.set_num_threads(1)
    torch.manual_seed(job.seed)
    model = AutoModelForTokenClassification.from_pretrained(job.student, num_labels=len(job.labels)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
    losses = []
    order = blend.draw(1, 0, job.sizes, (1.0, 0.0))
    for start in range(0, len(order), 4):
        batch = order[start : start + 4]
        ids, mask = padded([job.examples.ids[index] for index in batch], job.pad_id, "cpu")
        labels, _ = padded([job.examples.labels[index] for index in batch], IGNORED, "cpu")
        logits = model(input_ids=ids, attention_mask=mask).logits
        loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    assert trained.epochs[0].loss == pytest.approx(sum(losses) / len(losses), rel=1e-4)


def test_the_saved_model_is_a_hugging_face_model_that_predicts_the_same(job: Job, trained: Trained) -> None:
    model = AutoModelForTokenClassification.from_pretrained(job.target).eval()
    assert model.config.id2label == dict(enumerate(job.labels))
    assert (job.target / "model.safetensors").exists()
    with torch.inference_mode():
        for index, tags in enumerate(trained.test_tags):
            ids = torch.from_numpy(job.test.ids[index])[None]
            best = model(input_ids=ids).logits[0].argmax(-1)
            assert tags == [model.config.id2label[int(best[first])] for first in job.test.firsts[index]]


def test_the_same_seed_gives_the_same_bytes_alone_and_beside_others(job: Job, trained: Trained, tmp_path: Path) -> None:
    jobs = [replace(job, seed=seed, target=tmp_path / str(seed)) for seed in (2, 1)]
    reported: list[EpochRow] = []
    results = train_all(jobs, 2, reported.append)
    assert [result.seed for result in results] == [2, 1]
    assert results[1].test_tags == trained.test_tags
    assert results[1].epochs == trained.epochs
    one = (job.target / "model.safetensors").read_bytes()
    assert (tmp_path / "1" / "model.safetensors").read_bytes() == one
    assert (tmp_path / "2" / "model.safetensors").read_bytes() != one
    assert sorted((row.seed, row.epoch) for row in reported) == [(1, 0), (1, 1), (2, 0), (2, 1)]


def test_the_best_epoch_is_kept_where_asked(job: Job, tmp_path: Path) -> None:
    knobs = job.knobs.model_copy(update={"checkpoint": "best", "epochs": 3, "lr": 0.5, "lr_decay": 1.0})
    # A learning rate that ruins the student: whichever epoch was best is kept, and the earliest of equals.
    result = train_seed(replace(job, knobs=knobs, target=tmp_path / "best"), lambda row: None)
    scores = [row.dev_f1 or 0.0 for row in result.epochs]
    assert result.kept_epoch == scores.index(max(scores))
    assert result.dev_f1 == max(scores)


def test_a_batch_without_a_subword_has_no_loss(job: Job, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(job.student, 64)
    examples = encode([["\u200b"], ["Blair", "left"]], [["O"], ["B-PER", "O"]], tokenizer, job.labels, 64)
    knobs = job.knobs.model_copy(update={"batch_size": 1, "epochs": 1})
    one = replace(job, examples=examples, sizes=(2, 0), knobs=knobs, target=tmp_path / "one")
    assert 0 < train_seed(one, lambda row: None).epochs[0].loss < 10


def test_weights_of_unused_rows_are_the_students_own(job: Job, trained: Trained) -> None:
    before = load_file(Path(job.student) / "model.safetensors")["embeddings.word_embeddings.weight"]
    after = load_file(job.target / "model.safetensors")["bert.embeddings.word_embeddings.weight"]
    used = sorted({int(one) for ids in job.examples.ids for one in ids})
    changed = (before != after).any(dim=1).nonzero().flatten().tolist()
    assert set(changed) <= set(used)
    assert len(changed) > len(used) // 2
    assert trained.seed == 1


def test_matrices_decay_and_biases_do_not(job: Job) -> None:
    model = torch.nn.Linear(2, 2)
    groups = optimizer_of(model, job.knobs.model_copy(update={"weight_decay": 0.1})).param_groups
    assert [(len(group["params"]), group["weight_decay"]) for group in groups] == [(1, 0.1), (1, 0.0)]


def test_a_training_process_that_is_killed_is_one_line(job: Job, tmp_path: Path) -> None:
    def kill(row: EpochRow) -> None:
        for process in multiprocessing.active_children():
            process.kill()

    knobs = job.knobs.model_copy(update={"epochs": 50})
    with pytest.raises(UserError, match="TINYNER_WORKERS=1"):
        train_all([replace(job, knobs=knobs, target=tmp_path / "killed")], 1, kill)


def test_there_are_no_more_workers_than_seeds_or_cores(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    assert workers_of(job.knobs.model_copy(update={"seeds": [1]}), "cpu") == 1
    assert workers_of(job.knobs.model_copy(update={"threads": 10_000}), "cpu") == 1
    assert workers_of(job.knobs.model_copy(update={"seeds": list(range(10_000))}), "cuda") == 1
    monkeypatch.setenv("TINYNER_WORKERS", "3")
    assert workers_of(job.knobs.model_copy(update={"seeds": [1, 2, 3, 4]}), "cpu") == 3
    monkeypatch.setenv("TINYNER_WORKERS", "all")
    with pytest.raises(UserError, match="TINYNER_WORKERS: expected a number, found 'all'"):
        workers_of(job.knobs, "cpu")
