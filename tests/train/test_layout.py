"""A batch end to end: every subword is somewhere once, and attends to its own sentence only."""

import numpy as np
import pytest

from tinyner.train.layout import pack


@pytest.mark.parametrize("multiple", [1, 32])
@pytest.mark.parametrize("lengths", [[3], [5, 2, 9], [4, 4, 4, 4], [2, 7, 1, 7, 12, 3, 3, 5, 1]])
def test_scattering_undoes_gathering(lengths: list[int], multiple: int) -> None:
    heads = 2
    ids = [np.arange(length, dtype=np.int32) + 100 * index for index, length in enumerate(lengths)]
    firsts = [np.arange(0, length, 2, dtype=np.int32) for length in lengths]
    packed = pack(ids, firsts, heads, multiple)
    total = sum(lengths)
    assert len(packed.ids) % multiple == 0
    assert len(packed.ids) - total < multiple
    assert sorted(packed.ids[:total].tolist()) == sorted(subword for row in ids for subword in row.tolist())
    assert packed.positions[:total].tolist() == [subword % 100 for subword in packed.ids[:total].tolist()]
    expected = [int(ids[index][first]) for index in packed.order for first in firsts[index]]
    assert packed.ids[packed.labelled[: packed.words].numpy()].tolist() == expected
    # What a buffer of (rows, heads) holds at its own places comes back to them.
    for groups, rows in ((packed.full, len(packed.ids)), (packed.last, len(packed.labelled))):
        for group in groups:
            queries = np.append(np.arange(rows * heads), -1)
            gathered = np.concatenate([queries, np.full(heads - 1, -1)])[group.queries.numpy()]
            back = gathered[group.back.numpy()]
            assert back.tolist() == list(range(group.rows.start * heads, group.rows.stop * heads))
    for group in packed.full:
        count, _, _, longest = group.shape
        place = np.append(np.repeat(np.arange(len(packed.ids)), 2 * heads), [-1] * 2 * heads)
        keys = place[group.keys.numpy()].reshape(2, count, heads, longest)
        back = keys.ravel()[group.keys_back.numpy()].reshape(-1, 2, heads)
        assert (back == np.arange(group.tokens.start, group.tokens.stop)[:, None, None]).all()
        for sentence in keys[0]:
            inside = sentence[0][sentence[0] >= 0]
            assert len({packed.ids[place] // 100 for place in inside}) == 1
        if group.hidden is not None:
            hidden = group.hidden.numpy().reshape(count, heads, longest)
            assert ((keys[0] < 0) == np.isinf(hidden)).all()
    tokens = [place for group in packed.full for place in range(group.tokens.start, group.tokens.stop)]
    assert tokens == list(range(total))


def test_the_cost_of_attention_is_that_of_neighbours_by_length() -> None:
    lengths = [2] * 12 + [64] * 4
    packed = pack([np.zeros(length, np.int32) for length in lengths], [np.zeros(1, np.int32)] * 16, 1)
    assert [group.shape[3] for group in packed.full] == [64, 2, 2, 2]


def test_sentences_without_a_label_are_laid_out_too() -> None:
    packed = pack([np.zeros(2, np.int32)] * 5, [np.zeros(0, np.int32)] * 5, 2)
    assert packed.words == 0
    assert len(packed.labelled) == 1
