"""Training the used rows alone gives what the plain loop gives, weight decay included."""

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForTokenClassification

from tinyner.train.used_embedding import UsedRowsEmbedding

STEPS = 60


def bert() -> nn.Module:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    config.num_labels = 3
    model: nn.Module = BertForTokenClassification(config)
    return model.train()


def train(model: nn.Module, rows: list[torch.Tensor], decay: float, lrs: list[float]) -> list[float]:
    """A plain loop over batches of ids; the losses."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lrs[0], weight_decay=decay)
    losses = []
    for step, lr in enumerate(lrs):
        optimizer.param_groups[0]["lr"] = lr
        ids = rows[step % len(rows)]
        loss = model(input_ids=ids, attention_mask=(ids > 0).long(), labels=ids % 3).loss
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_parameters_and_losses_are_the_plain_loops(decay: float) -> None:
    generator = torch.Generator().manual_seed(1)
    rows = [torch.randint(1, 20, (4, 7), generator=generator) for _ in range(5)]
    rows[0][:, 5:] = 0  # padding
    lrs = [1e-2 * 0.98**step for step in range(STEPS)]
    plain, ours = bert(), bert()
    used = torch.unique(torch.cat([*rows, torch.zeros(4, 7).long()]))
    embedding = UsedRowsEmbedding(plain.get_submodule("bert.embeddings.word_embeddings"), used)  # type: ignore[arg-type]
    ours.set_submodule("bert.embeddings.word_embeddings", embedding)
    plain_losses = train(plain, rows, decay, lrs)
    our_losses = train(ours, rows, decay, lrs)
    assert our_losses == pytest.approx(plain_losses, rel=1e-4)
    factor = 1.0
    for lr in lrs:
        factor *= 1 - lr * decay
    embedding.write_back(factor)
    parameters = dict(plain.named_parameters())
    table = parameters.pop("bert.embeddings.word_embeddings.weight")
    torch.testing.assert_close(embedding.table, table, rtol=1e-3, atol=1e-4)
    unused = torch.ones(50, dtype=torch.bool)
    unused[torch.unique(torch.cat(rows))] = False
    unused[0] = False
    torch.testing.assert_close(embedding.table[unused], table[unused], rtol=1e-5, atol=1e-7)
    for name, value in parameters.items():
        torch.testing.assert_close(dict(ours.named_parameters())[name], value, rtol=1e-3, atol=1e-4)
    # Embedded for evaluation, any id comes from the whole table.
    all_ids = torch.arange(50)[None]
    torch.testing.assert_close(embedding.eval()(all_ids), table[all_ids], rtol=1e-3, atol=1e-4)


def test_an_unused_row_has_no_place_in_the_optimizer() -> None:
    embedding = UsedRowsEmbedding(nn.Embedding(50, 4), torch.tensor([3, 7]))
    assert [parameter.shape for parameter in embedding.parameters()] == [(2, 4)]
    assert not embedding.state_dict().keys() - {"rows"}
