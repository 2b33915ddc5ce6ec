"""Both methods of training give what the plain loop gives."""

import copy
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoModelForTokenClassification

from tinyner.train.bert_family import fits, shape_of
from tinyner.train.cell import Data
from tinyner.train.compute import begin
from tinyner.train.encoded import Encoded, label_ids
from tinyner.train.encoder import Dropout, cross_entropy
from tinyner.train.layout import IGNORED, pack
from tinyner.train.loop import start
from tinyner.train.model import Recipe, Student, mean_one, untrained
from tinyner.train.packed import Packed
from tinyner.train.padded import Execution, Padded

from .conftest import TINY, Small
from .plain import Plain, without_dropout

pytestmark = pytest.mark.slow

DECAY = 0.1
METHODS = ("packed", "rounded", "padded", "bucketed")


@pytest.fixture(autouse=True)
def _as_training_begins() -> None:
    begin("fp32", "cpu", 1)


@dataclass(frozen=True)
class Expected:
    """What the plain loop gives: losses, labels of the test sentences, and weights."""

    losses: list[float]
    labels: list[int]
    weights: dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def thirty_steps(relative: transformers.PretrainedConfig, small: Small) -> Expected:
    """The plain loop's three epochs with a rate that halves."""
    begin("fp32", "cpu", 1)
    _, data = small()
    plain = Plain(without_dropout(of_config(relative)), 1e-3, DECAY, relative.pad_token_id or 0)
    losses = []
    for step, batch in enumerate(batches(data, 30)):
        for group in plain.optimizer.param_groups:
            group["lr"] = 1e-3 * 0.5 ** (step // 10)
        losses.append(plain.step(data.train, batch.tolist()))
    return Expected(losses, plain.predict(data.test).tolist(), plain.model.state_dict())


@pytest.fixture(scope="module")
def steps_of_uneven_weights(relative: transformers.PretrainedConfig, small: Small) -> Expected:
    """The plain loop's steps, by the weights of ``uneven``; those with even ones give other losses."""
    begin("fp32", "cpu", 1)
    _, data = small()
    pad_id = relative.pad_token_id or 0
    plain, unweighted = (Plain(without_dropout(of_config(relative)), 1e-3, DECAY, pad_id) for _ in range(2))
    uneven_train, chosen = uneven(data.train), [batch.tolist() for batch in weighing_batches(data)]
    losses = [plain.step(uneven_train, batch) for batch in chosen]
    even = [unweighted.step(data.train, batch) for batch in chosen]
    assert max(abs(loss - other) / loss for loss, other in zip(losses, even, strict=True)) > 0.005
    return Expected(losses, [], plain.model.state_dict())


def of_config(config: transformers.PretrainedConfig) -> Any:
    """A student of random weights."""
    torch.manual_seed(3)
    model: Any = AutoModelForTokenClassification.from_config(config)
    return model


def batches(data: Data, steps: int) -> list[Any]:
    """Batches of 1 to 5 sentences, in no order."""
    generator = np.random.default_rng(5)
    return [generator.choice(len(data.train), generator.integers(1, 6), replace=False) for _ in range(steps)]


def weighing_batches(data: Data) -> list[Any]:
    """Eight batches but for the second sentence alone, which weighs nothing in ``uneven``."""
    return [batch for batch in batches(data, 8) if batch.tolist() != [1]]


def student_by(method: str, model: Any, data: Data, recipe: Recipe) -> Student:
    """A copy of the model in training; bucketed pads as on a GPU."""
    used = np.unique(np.append(data.train.ids.astype(np.int64), recipe.pad_id))
    if method in ("packed", "rounded"):
        return Packed(copy.deepcopy(model), used, recipe, 32 if method == "rounded" else 1)
    execution = Execution("cpu", buckets=method == "bucketed", bf16=False, graphs=False)
    return Padded(copy.deepcopy(model), used, recipe, execution)


@pytest.mark.parametrize(("steps", "lr"), [(8, 5e-4), pytest.param(50, 5e-5, marks=pytest.mark.long)])
def test_losses_and_all_predictions_of_the_real_student(
    small: Small, real_student: Path, steps: int, lr: float
) -> None:
    (cell,), data = small(weight_decay=0.01)
    plain = Plain(without_dropout(untrained(str(real_student), cell.labels, 1)), lr, 0.01)
    training = start(cell, real_student, data, dropout=False)
    assert training.method == "packed"
    training.begin_epoch(1, 0, lr)
    chosen = batches(data, steps)
    plain_losses = [plain.step(data.train, batch.tolist()) for batch in chosen]
    losses = [float(training.step(data.train, batch) or 0) for batch in chosen]
    assert losses == pytest.approx(plain_losses, rel=1e-4)
    assert plain_losses[-1] < plain_losses[0]
    training.end_epoch()
    found = label_ids(data.test, training.logits(data.test), cell.labels, "argmax")
    assert found[data.test.firsts >= 0].tolist() == plain.predict(data.test).tolist()
    assert len(set(found.tolist())) > 1


@pytest.mark.parametrize("method", METHODS)
def test_all_parameters_after_thirty_steps_with_weight_decay(
    relative: transformers.PretrainedConfig, thirty_steps: Expected, method: str, small: Small, tmp_path: Path
) -> None:
    (cell,), data = small()
    pad_id = relative.pad_token_id or 0
    assert fits(relative)
    recipe = Recipe(5, cell.max_length, DECAY, 1.0, pad_id, dropout=False)
    training = student_by(method, without_dropout(of_config(relative)), data, recipe)
    losses, chosen = [], batches(data, 30)
    for epoch in range(3):
        training.begin_epoch(1, epoch, 1e-3 * 0.5**epoch)
        losses += [float(training.step(data.train, batch) or 0) for batch in chosen[epoch * 10 :][:10]]
        training.end_epoch()
    assert losses == pytest.approx(thirty_steps.losses, rel=1e-4)
    found = label_ids(data.test, training.logits(data.test), cell.labels, "argmax")
    assert found[data.test.firsts >= 0].tolist() == thirty_steps.labels
    training.export(tmp_path / "model")
    exported = load_file(tmp_path / "model" / "model.safetensors")
    unused = sorted(set(range(1000)) - {int(subword) for subword in data.train.ids} - {pad_id})
    for name, value in thirty_steps.weights.items():
        if name.endswith("word_embeddings.weight"):
            # No gradient ever came here, so nothing but the closed form of decay is between the two.
            torch.testing.assert_close(exported[name][unused], value[unused], rtol=1e-5, atol=1e-9)
            assert not torch.equal(exported[name][unused], value[unused] / (1 - DECAY * 1e-3))
        if name in exported:  # position_ids, where they are a buffer, are not saved
            torch.testing.assert_close(exported[name], value, rtol=2e-3, atol=2e-4, msg=name)


def uneven(data: Encoded) -> Encoded:
    """The data with weights of all sizes, a fifth of them 0, and all of the second sentence's."""
    generator = np.random.default_rng(11)
    weights = generator.random(len(data.word_weights)) * (generator.random(len(data.word_weights)) > 0.2)
    weights[data.word_bounds[1] : data.word_bounds[2]] = 0.0
    return replace(data, word_weights=weights.astype(np.float32))


@pytest.mark.parametrize("method", METHODS)
def test_uneven_weights_train_as_the_plain_loop_does(
    relative: transformers.PretrainedConfig,
    steps_of_uneven_weights: Expected,
    method: str,
    small: Small,
    tmp_path: Path,
) -> None:
    (cell,), even = small()
    data = replace(even, train=uneven(even.train))
    recipe = Recipe(5, cell.max_length, DECAY, 1.0, relative.pad_token_id or 0, dropout=False)
    training = student_by(method, without_dropout(of_config(relative)), data, recipe)
    training.begin_epoch(1, 0, 1e-3)
    losses = [float(training.step(data.train, batch) or 0) for batch in weighing_batches(data)]
    assert losses == pytest.approx(steps_of_uneven_weights.losses, rel=1e-4)
    training.end_epoch()
    training.export(tmp_path / "model")
    exported = load_file(tmp_path / "model" / "model.safetensors")
    for name, value in steps_of_uneven_weights.weights.items():
        if name in exported:
            torch.testing.assert_close(exported[name], value, rtol=2e-3, atol=2e-4, msg=name)


@pytest.mark.parametrize("method", METHODS)
def test_weights_that_are_all_alike_change_no_bit(method: str, small: Small) -> None:
    (cell,), data = small()
    model = of_config(transformers.BertConfig(**TINY))
    results: list[tuple[list[float], dict[str, torch.Tensor]]] = []
    for weight in (1.0, 0.25):
        train = replace(data.train, word_weights=np.full_like(data.train.word_weights, weight))
        training = student_by(method, model, data, Recipe(5, cell.max_length, DECAY, 1.0, 0))
        training.begin_epoch(1, 0, 1e-3)
        results.append(([float(training.step(train, batch) or 0) for batch in batches(data, 6)], training.weights()))
    assert results[0][0] == results[1][0]
    for name, value in results[0][1].items():
        assert torch.equal(value, results[1][1][name])


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_that_weighs_nothing_trains_nothing(method: str, small: Small) -> None:
    (cell,), even = small()
    data = replace(even, train=uneven(even.train))
    model = of_config(transformers.BertConfig(**TINY))
    training = student_by(method, model, data, Recipe(5, cell.max_length, DECAY, 1.0, 0))
    training.begin_epoch(1, 0, 1e-3)
    before = {name: value.clone() for name, value in training.weights().items()}
    assert training.step(data.train, np.array([1])) is None
    assert all(torch.equal(value, before[name]) for name, value in training.weights().items())
    loss = training.step(data.train, np.array([1, 2]))
    assert loss is not None
    assert loss.isfinite()
    # The sentence that weighs nothing is in the batch, but not in the loss.
    recipe = Recipe(5, cell.max_length, DECAY, 1.0, 0, dropout=False)
    other = student_by(method, of_config(transformers.BertConfig(**TINY)), data, recipe)
    other.begin_epoch(1, 0, 0.0)
    losses = [float(other.step(data.train, np.array(batch)) or 0) for batch in ([1, 2], [2])]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_the_written_out_gradient_of_the_loss_is_autograds() -> None:
    torch.manual_seed(2)
    logits = (3 * torch.randn(8, 5)).requires_grad_()
    labels = torch.tensor([0, 4, 2, 1, 3, 0, IGNORED, IGNORED])
    generator = np.random.default_rng(4)
    word_weights = np.append(generator.random(5), 0.0).astype(np.float32)
    counted = mean_one(word_weights)
    assert counted is not None
    by_row = torch.cat([torch.from_numpy(counted), torch.zeros(2)])
    loss, gradient = cross_entropy(logits.detach(), labels, by_row, 6)
    losses = torch.nn.functional.cross_entropy(logits[:6], labels[:6], reduction="none")
    expected = (losses * torch.from_numpy(word_weights)).sum() / float(word_weights.sum())
    expected.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    torch.testing.assert_close(loss, expected.detach())
    torch.testing.assert_close(gradient, logits.grad)
    assert not gradient[5:].any()
    # Of ones it is torch's own mean, to the bit.
    logits.grad = None
    ones = torch.tensor([1.0] * 6 + [0.0] * 2)
    mean = torch.nn.functional.cross_entropy(logits, labels, ignore_index=IGNORED)
    assert torch.equal(cross_entropy(logits.detach(), labels, ones, 6)[0], mean.detach())


@pytest.mark.parametrize("weights", [[1, 1, 1], [0.5, 1, 0.25], [1, 0, 1]])
def test_weights_of_mean_one(weights: list[float]) -> None:
    scaled = mean_one(np.array(weights, dtype=np.float32))
    assert scaled is not None
    assert scaled.dtype == np.float32
    assert scaled.mean() == pytest.approx(1)
    assert (scaled / scaled.max()).tolist() == pytest.approx(weights)
    assert (scaled == 1).all() == (weights == [1, 1, 1])
    assert mean_one(np.zeros(3, dtype=np.float32)) is None
    assert mean_one(np.zeros(0, dtype=np.float32)) is None


def test_another_architecture_is_trained_by_the_padded_method(small: Small) -> None:
    config = transformers.DistilBertConfig(vocab_size=30522, dim=32, n_layers=2, n_heads=4, hidden_dim=64)
    config.num_labels = 9
    assert not fits(config)
    (cell,), data = small()
    model = without_dropout(of_config(config))
    used = np.unique(np.append(data.train.ids.astype(np.int64), 0))
    training = Padded(
        copy.deepcopy(model), used, Recipe(4, cell.max_length, 0.0, 1.0, 0, False), Execution.of("fp32", "cpu", False)
    )
    plain = Plain(model, 1e-3, 0.0)
    training.begin_epoch(1, 0, 1e-3)
    for batch in batches(data, 20):
        assert float(training.step(data.train, batch) or 0) == pytest.approx(
            plain.step(data.train, batch.tolist()), rel=1e-4
        )


@pytest.mark.parametrize(
    "change",
    [{"hidden_act": "relu"}, {"is_decoder": True}, {"model_type": "deberta"}, {"embedding_size": 16}],
)
def test_what_the_packed_method_does_not_compute_it_does_not_take(change: dict[str, Any]) -> None:
    config = transformers.BertConfig()
    for name, value in change.items():
        setattr(config, name, value)
    assert not fits(config)


@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_with_dropout_are_those_of_the_same_masks(weighted: bool, small: Small, student: Path) -> None:
    """Finite differences: along the gradient the loss under fixed masks changes by the gradient's square."""
    (cell,), data = small()
    train = uneven(data.train) if weighted else data.train
    used = np.unique(np.append(data.train.ids.astype(np.int64), 0))
    model = of_config(transformers.BertConfig(**TINY))
    step = 1e-3
    losses: list[float] = []
    gradients: list[torch.Tensor] = []
    for _ in range(2):
        training = Packed(copy.deepcopy(model), used, Recipe(4, cell.max_length, 0.0, 1e9, 0), 1)
        for flat, gradient in zip(training._flat, gradients, strict=False):
            flat.data.sub_(gradient, alpha=step)
        training.begin_epoch(1, 0, 0.0)
        losses.append(float(training.step(train, np.arange(4)) or 0))
        gradients = gradients or [flat.grad.clone() for flat in training._flat if flat.grad is not None]
    square = sum(float((gradient**2).sum()) for gradient in gradients)
    assert (losses[0] - losses[1]) / step == pytest.approx(square, rel=0.05)


def test_masks_drop_independently_with_the_students_probability(small: Small) -> None:
    config = transformers.BertConfig(hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.2, classifier_dropout=0.0)
    _, data = small()
    rows = [data.train.sentence(index) for index in range(24)]
    packed = pack([ids for ids, *_ in rows], [firsts for _, firsts, *_ in rows], 12)
    masks = Dropout(shape_of(config), np.random.SFC64(7)).draw(packed)
    assert masks[-1] is None  # the head has no dropout
    first, attention = masks[0], masks[1]
    assert first is not None
    assert attention is not None
    for mask, share in ((first, 0.1), (attention, 0.2)):
        kept = mask > 0
        spread = (share * (1 - share) / len(mask)) ** 0.5
        assert float((~kept).float().mean()) == pytest.approx(share, abs=5 * spread)
        assert sorted(set(mask[kept].tolist())) == pytest.approx([1 / (1 - share)], rel=1e-4)
        centred = (~kept).float() - share
        for lag in (1, 2, 3, 4, 12, 768):
            product = float((centred[lag:] * centred[:-lag]).mean())
            assert abs(product) < 5 * share * (1 - share) / len(mask) ** 0.5, lag
    again = Dropout(shape_of(config), np.random.SFC64(7)).draw(packed)
    assert again[0] is not None
    assert torch.equal(again[0], first)


EXACT = """
import torch
from tinyner.train.compute import begin
begin("onednn", "cpu", 1)
torch.manual_seed(0)
x, w = torch.randn(96, 384), torch.randn(1536, 384)
exact = x.double() @ w.double().T
print(float(((x @ w.T).double() - exact).abs().max() / exact.abs().max()))
"""


def test_onednn_multiplies_in_full_precision_on_this_machine() -> None:
    import os

    from tinyner.train.compute import environment

    variables = {**os.environ, **environment("onednn")}
    run = subprocess.run([sys.executable, "-c", EXACT], env=variables, capture_output=True, text=True, check=True)
    assert float(run.stdout) < 2e-6
