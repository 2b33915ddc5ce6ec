"""Split labelled sentences into train, valid and test: what belongs together stays together, types are spread evenly.

The types are spread by iterative stratification (Sechidis, Tsoumakas and Vlahavas, 2011): the rarest type comes first,
and each of its sentences goes where the share of that type is farthest from what is due. In contrast to theirs, sizes
are kept, and the first sentence of each type goes to train.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tinyner.rows import Sentence, squeezed

Unit = list[int]
"""Indices of sentences that stay together."""


def units_of(sentences: Sequence[Sentence], documents: Sequence[int]) -> list[Unit]:
    """Return the sentences that stay together: those of a document, and those of the same text.

    Args:
        sentences: in their order.
        documents: the number of each sentence's document.
    """
    parents = list(range(len(sentences)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    first: dict[object, int] = {}
    for index, (sentence, document) in enumerate(zip(sentences, documents, strict=True)):
        for key in (document, squeezed(sentence["words"])):
            parents[root(index)] = root(first.setdefault(key, index))
    units: dict[int, Unit] = {}
    for index in range(len(sentences)):
        units.setdefault(root(index), []).append(index)
    return list(units.values())


def split(
    units: Sequence[Unit], labels: Sequence[Sequence[str]], sizes: Mapping[str, int], seed: int
) -> dict[str, list[int]]:
    """Return the indices of each split, ascending.

    Args:
        units: of sentences.
        labels: the types that each sentence has an entity of.
        sizes: sentences of each split, train first; they add up to the number of sentences.
        seed: of the order in which equal units are taken.
    """
    train = next(iter(sizes))
    total = sum(sizes.values())
    counts = [Counter(label for index in unit for label in set(labels[index]) or {""}) for unit in units]
    everywhere = _sum(counts)
    due = {name: {label: count * size / total for label, count in everywhere.items()} for name, size in sizes.items()}
    room, chosen = dict(sizes), {name: list[int]() for name in sizes}
    seen: set[str] = set()  # types in train
    order = sorted(range(len(units)), key=lambda number: (-len(units[number]), _rank(seed, number)))
    left = dict.fromkeys(order)
    while left:
        remaining = _sum(counts[number] for number in left)
        label = min(remaining, key=lambda label: (not label, remaining[label], label))
        for number in [number for number in left if counts[number][label]]:
            unit = units[number]
            fitting = [name for name in sizes if room[name] >= len(unit)]
            if label and label not in seen and train in fitting:
                name = train
            elif fitting:
                name = max(fitting, key=lambda name: (due[name][label], room[name]))
            else:
                name = max(sizes, key=room.__getitem__)
            chosen[name] += unit
            room[name] -= len(unit)
            for other, count in counts[number].items():
                due[name][other] -= count
            if name == train:
                seen |= set(counts[number])
            del left[number]
    return {name: sorted(indices) for name, indices in chosen.items()}


def _sum(counts: Iterable[Counter[str]]) -> Counter[str]:
    total = Counter[str]()
    for count in counts:
        total.update(count)
    return total


def _rank(seed: int, number: int) -> str:
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()
