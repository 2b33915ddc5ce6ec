"""What the padded method does on a GPU, as far as a CPU can show it; its exactness is in test_exact."""

import copy

import numpy as np
import pytest
import torch
import transformers
from transformers import AutoModelForTokenClassification

from tinyner.train.compute import autocast, begin
from tinyner.train.model import Recipe
from tinyner.train.padded import BUCKET, Execution, Padded, attention_mask, can_be_graphed

from .conftest import TINY, Small

LENGTHS = torch.tensor([9, 3, 1, 9])


@pytest.fixture(autouse=True)
def _as_training_begins() -> None:
    begin("fp32", "cpu", 1)


def test_the_mask_of_a_graph_gives_the_logits_of_the_plain_mask(relative: transformers.PretrainedConfig) -> None:
    torch.manual_seed(4)
    model = AutoModelForTokenClassification.from_config(relative).eval()
    assert can_be_graphed(model)
    ids = torch.randint(1000, 30000, (4, 9))
    plain, graph = attention_mask(LENGTHS, 9, for_graph=False), attention_mask(LENGTHS, 9, for_graph=True)
    assert plain.tolist() == [[int(column < length) for column in range(9)] for length in LENGTHS.tolist()]
    assert graph.shape == (4, 1, 9, 9)
    ids[plain == 0] = relative.pad_token_id or 0
    with torch.inference_mode():
        expected = model(input_ids=ids, attention_mask=plain).logits
        logits = model(input_ids=ids, attention_mask=graph).logits
        unmasked = model(input_ids=ids).logits
    real = plain.bool()
    torch.testing.assert_close(logits[real], expected[real], rtol=1e-5, atol=1e-6)
    assert not torch.allclose(unmasked[real], expected[real], rtol=1e-3, atol=1e-3)


def test_a_model_that_cannot_take_the_mask_of_a_graph_is_trained_without_graphs(small: Small) -> None:
    (cell,), data = small()
    eager = AutoModelForTokenClassification.from_config(transformers.BertConfig(**TINY), attn_implementation="eager")
    distilbert_config = transformers.DistilBertConfig(vocab_size=30522, dim=32, n_layers=1, n_heads=4, hidden_dim=64)
    distilbert_config.num_labels = 9
    distilbert = AutoModelForTokenClassification.from_config(distilbert_config)
    used = np.unique(np.append(data.train.ids.astype(np.int64), 0))
    recipe = Recipe(4, cell.max_length, 0.0, 1.0, 0)
    for model in (eager, distilbert):
        assert not can_be_graphed(model)
        training = Padded(model, used, recipe, Execution("cpu", buckets=True, bf16=False, graphs=True))
        training.begin_epoch(1, 0, 1e-3)  # would capture graphs, which a CPU can't
        assert training.step(data.train, np.arange(4)) is not None


@pytest.mark.parametrize(
    ("compute", "device", "cuda_graphs", "execution"),
    [
        ("fp32", "cpu", True, Execution("cpu", buckets=False, bf16=False, graphs=False)),
        ("bf16", "cpu", False, Execution("cpu", buckets=False, bf16=False, graphs=False)),
        ("fp32", "cuda", False, Execution("cuda", buckets=True, bf16=False, graphs=False)),
        ("bf16", "cuda", False, Execution("cuda", buckets=True, bf16=True, graphs=False)),
        ("tf32", "cuda", True, Execution("cuda", buckets=True, bf16=False, graphs=True)),
    ],
)
def test_graphs_are_captured_on_a_gpu_and_only_where_asked(
    compute: str, device: str, cuda_graphs: bool, execution: Execution
) -> None:
    assert Execution.of(compute, device, cuda_graphs) == execution


def test_in_bf16_the_matrix_products_are_rounded_and_the_losses_stay_near(small: Small) -> None:
    with autocast("cpu", enabled=True):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
    with autocast("cpu", enabled=False):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    (cell,), data = small()
    torch.manual_seed(3)
    config = transformers.BertConfig(**TINY)
    model = AutoModelForTokenClassification.from_config(config)
    used = np.unique(np.append(data.train.ids.astype(np.int64), 0))
    recipe = Recipe(5, cell.max_length, 0.0, 1.0, 0, dropout=False)
    losses: dict[bool, list[float]] = {}
    for bf16 in (False, True):
        training = Padded(copy.deepcopy(model), used, recipe, Execution("cpu", buckets=True, bf16=bf16, graphs=False))
        training.begin_epoch(1, 0, 3e-3)
        batches = np.random.default_rng(5).permutation(len(data.train) // 4 * 4).reshape(-1, 4)
        losses[bf16] = [float(training.step(data.train, batch) or 0) for _ in range(4) for batch in batches]
        training.end_epoch()
        assert training.logits(data.test).shape == (len(data.test.firsts), len(cell.labels))
    assert losses[True] != losses[False]
    assert losses[True] == pytest.approx(losses[False], rel=0.05)
    assert losses[True][-1] < 0.8 * losses[True][0]


def test_few_widths_recur_where_batches_are_padded_to_buckets(small: Small) -> None:
    (cell,), data = small()
    config = transformers.BertConfig(**TINY)
    model = AutoModelForTokenClassification.from_config(config)
    used = np.unique(np.append(data.train.ids.astype(np.int64), 0))
    widths: set[tuple[int, ...]] = set()
    model.register_forward_pre_hook(lambda _, __, inputs: widths.add(inputs["input_ids"].shape), with_kwargs=True)
    recipe = Recipe(4, cell.max_length, 0.0, 1.0, 0)
    training = Padded(model, used, recipe, Execution("cpu", buckets=True, bf16=False, graphs=False))
    training.begin_epoch(1, 0, 1e-3)
    for begin_at in range(0, len(data.train), 3):
        training.step(data.train, np.arange(begin_at, min(begin_at + 3, len(data.train))))
    assert {rows for rows, _ in widths} == {4}
    assert all(width % BUCKET == 0 for _, width in widths)
