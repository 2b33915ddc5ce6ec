"""Both ways to train give what the plain loop gives."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file
from torch import nn
from transformers import AutoModelForTokenClassification

from tinyner.train.cell import Data
from tinyner.train.compute import begin
from tinyner.train.encoder import Dropout, fits, shape_of
from tinyner.train.layout import pack
from tinyner.train.loop import start
from tinyner.train.model import Recipe, Student, untrained
from tinyner.train.packed import Packed
from tinyner.train.padded import Padded

from .conftest import TINY, Small
from .plain import Plain, without_dropout

DECAY = 0.1


@pytest.fixture(autouse=True)
def _as_training_begins() -> None:
    begin("fp32", "cpu", 1)


def of_config(config: transformers.PretrainedConfig) -> nn.Module:
    """A student of random weights."""
    torch.manual_seed(3)
    model: nn.Module = AutoModelForTokenClassification.from_config(config)  # type: ignore[no-untyped-call]
    return model


def batches(data: Data, steps: int) -> list[Any]:
    """Batches of 1 to 5 sentences, in no order."""
    generator = np.random.default_rng(5)
    return [generator.choice(len(data.train), generator.integers(1, 6), replace=False) for _ in range(steps)]


def ways(model: nn.Module, data: Data, recipe: Recipe) -> dict[str, Student]:
    used = np.unique(np.append(data.train.ids.astype(np.int64), recipe.pad_id))
    return {
        "packed": Packed(copy.deepcopy(model), used, recipe, 1),
        "rounded": Packed(copy.deepcopy(model), used, recipe, 32),
        "padded": Padded(copy.deepcopy(model), used, recipe, "fp32", "cpu"),
    }


def test_fifty_losses_and_all_predictions_of_the_real_student(small: Small, student: Path) -> None:
    (cell,), data = small(weight_decay=0.01)
    plain = Plain(without_dropout(untrained(str(student), cell.labels, 1)), 5e-5, 0.01)
    one = start(cell, student, data, dropout=False)
    assert one.way == "packed"
    one.begin_epoch(1, 0, 5e-5)
    chosen = batches(data, 50)
    theirs = [plain.step(data.train, batch.tolist()) for batch in chosen]
    ours = [float(one.step(data.train, batch) or 0) for batch in chosen]
    assert ours == pytest.approx(theirs, rel=1e-4)
    assert theirs[-1] < theirs[0]
    one.end_epoch()
    found = one.predict(data.test)
    assert found[data.test.firsts >= 0].tolist() == plain.predict(data.test).tolist()
    assert len(set(found.tolist())) > 1


@pytest.mark.parametrize("way", ["packed", "rounded", "padded"])
def test_all_parameters_after_sixty_steps_with_weight_decay(
    relative: transformers.PretrainedConfig, way: str, small: Small, tmp_path: Path
) -> None:
    (cell,), data = small()
    pad_id = relative.pad_token_id or 0
    model = without_dropout(of_config(relative))
    assert fits(relative)
    recipe = Recipe(4, cell.max_length, DECAY, 1.0, pad_id, dropout=False)
    one = ways(model, data, recipe)[way]
    plain = Plain(model, 1e-3, DECAY, pad_id)
    for epoch in range(3):
        lr = 1e-3 * 0.5**epoch
        one.begin_epoch(1, epoch, lr)
        for group in plain.optimizer.param_groups:
            group["lr"] = lr
        for batch in batches(data, 60)[epoch * 20 :][:20]:
            assert float(one.step(data.train, batch) or 0) == pytest.approx(
                plain.step(data.train, batch.tolist()), rel=1e-4
            )
        one.end_epoch()
    assert one.predict(data.test)[data.test.firsts >= 0].tolist() == plain.predict(data.test).tolist()
    one.export(tmp_path / "model")
    ours = load_file(tmp_path / "model" / "model.safetensors")
    unused = sorted(set(range(1000)) - {int(one) for one in data.train.ids} - {pad_id})
    for name, value in plain.model.state_dict().items():
        if name.endswith("word_embeddings.weight"):
            # No gradient ever came here, so nothing but the closed form of decay is between the two.
            torch.testing.assert_close(ours[name][unused], value[unused], rtol=1e-5, atol=1e-9)
            assert not torch.equal(ours[name][unused], model.get_input_embeddings().weight[unused] / (1 - DECAY * 1e-3))  # type: ignore[operator]
        if name in ours:  # position_ids, where they are a buffer, are not saved
            torch.testing.assert_close(ours[name], value, rtol=2e-3, atol=2e-4, msg=name)


def test_another_architecture_takes_the_padded_way(small: Small) -> None:
    config = transformers.DistilBertConfig(vocab_size=30522, dim=32, n_layers=2, n_heads=4, hidden_dim=64)
    config.num_labels = 9
    assert not fits(config)
    (cell,), data = small()
    model = without_dropout(of_config(config))
    used = np.unique(np.append(data.train.ids.astype(np.int64), 0))
    one = Padded(copy.deepcopy(model), used, Recipe(4, cell.max_length, 0.0, 1.0, 0, False), "fp32", "cpu")
    plain = Plain(model, 1e-3, 0.0)
    one.begin_epoch(1, 0, 1e-3)
    for batch in batches(data, 20):
        assert float(one.step(data.train, batch) or 0) == pytest.approx(
            plain.step(data.train, batch.tolist()), rel=1e-4
        )


@pytest.mark.parametrize(
    "change",
    [{"hidden_act": "relu"}, {"is_decoder": True}, {"model_type": "deberta"}, {"embedding_size": 16}],
)
def test_what_the_packed_way_does_not_compute_it_does_not_take(change: dict[str, Any]) -> None:
    config = transformers.BertConfig()
    for name, value in change.items():
        setattr(config, name, value)
    assert not fits(config)


def test_gradients_with_dropout_are_those_of_the_same_masks(small: Small, student: Path) -> None:
    """Finite differences: along the gradient the loss under fixed masks changes by the gradient's square."""
    (cell,), data = small()
    used = np.unique(np.append(data.train.ids.astype(np.int64), 0))
    model = of_config(transformers.BertConfig(**TINY))
    step = 1e-3
    losses: list[float] = []
    gradients: list[torch.Tensor] = []
    for _ in range(2):
        one = Packed(copy.deepcopy(model), used, Recipe(4, cell.max_length, 0.0, 1e9, 0), 1)
        for flat, gradient in zip(one._flat, gradients, strict=False):
            flat.data.sub_(gradient, alpha=step)
        one.begin_epoch(1, 0, 0.0)
        losses.append(float(one.step(data.train, np.arange(4)) or 0))
        gradients = gradients or [flat.grad.clone() for flat in one._flat if flat.grad is not None]
    square = sum(float((gradient**2).sum()) for gradient in gradients)
    assert (losses[0] - losses[1]) / step == pytest.approx(square, rel=0.05)


def test_masks_drop_independently_with_the_students_probability(small: Small) -> None:
    config = transformers.BertConfig(hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.2, classifier_dropout=0.0)
    _, data = small()
    rows = [data.train.sentence(index) for index in range(24)]
    packed = pack([ids for ids, _, _ in rows], [firsts for _, firsts, _ in rows], 12)
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
