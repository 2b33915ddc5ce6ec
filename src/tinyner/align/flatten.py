"""All mentions of a sentence placed together: flat spans, a ledger row for each, and what flattening lost.

The flattening rule: longest first, then leftmost, then first named; a place that is taken is not
taken again. A discontinuous mention gets no tags. The same text under two types is ambiguous: the
first type named is labelled, or none (``align.ambiguous``). A mention that the rule leaves without a
place stays in ``unflattened``; one that has a place of its own says nothing of those inside longer ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from tinyner.align.match import Match, Place, find
from tinyner.params import Align
from tinyner.prompts import Prompt
from tinyner.rows import Mention, Span, Unflattened

Outcome = Literal[
    "exact",
    "case_fixed",
    "whitespace_fixed",
    "boundary_snapped",
    "repeated",
    "ambiguous",
    "overlapping",
    "discontinuous",
    "copied_from_prompt",
    "not_in_sentence",
    "unknown_type",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
UNPLACED: tuple[Outcome, ...] = ("copied_from_prompt", "not_in_sentence", "unknown_type")


@dataclass(frozen=True)
class Entry:
    """What became of one mention; ``places`` are its ranges of words, or fragments, if it has any."""

    mention: Mention
    outcome: Outcome
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Aligned:
    """Flat spans in the sentence's order, an entry a mention in the reply's, and what the teacher meant."""

    spans: list[Span]
    ledger: list[Entry]
    unflattened: list[Unflattened] | None


def align(
    words: Sequence[str], mentions: Sequence[Mention], types: Sequence[str], prompt: Prompt, knobs: Align
) -> Aligned:
    """Place the mentions of one reply in its sentence.

    Args:
        words: the sentence.
        mentions: as the reply gave them.
        types: the scheme; another type's mention is ``unknown_type``.
        prompt: what was asked, for mentions copied from its examples.
        knobs: how far a mention may differ from the sentence.
    """
    entries: dict[int, Entry] = {}
    groups: dict[tuple[Place, ...], list[tuple[int, Match]]] = {}  # mentions with the same places
    for index, mention in enumerate(mentions):
        if mention["type"] not in types:
            entries[index] = Entry(mention, "unknown_type")
            continue
        match = find(mention["text"], words, knobs)
        if match is None:
            copied = prompt.mentions(mention["text"])
            entries[index] = Entry(mention, "copied_from_prompt" if copied else "not_in_sentence")
        elif match.kind == "discontinuous":
            entries[index] = Entry(mention, "discontinuous", match.places)
        else:
            groups.setdefault(match.places, []).append((index, match))
    spans: list[Span] = []
    taken = [False] * len(words)
    for places, group in sorted(groups.items(), key=_longest_first):
        free = _free(places, taken)
        labels = list(dict.fromkeys(mentions[index]["type"] for index, _ in group))
        if len(labels) > 1:
            entries.update({index: Entry(mentions[index], "ambiguous", places) for index, _ in group})
            labelled = free if knobs.ambiguous == "first" else []
        else:
            entries.update(_share(group, mentions, places, free))
            labelled = free
        for start, end in labelled:
            taken[start:end] = [True] * (end - start)
            spans.append((start, end, labels[0]))
    ledger = [entries[index] for index in range(len(mentions))]
    return Aligned(sorted(spans), ledger, _unflattened(ledger, spans))


def _free(places: Sequence[Place], taken: Sequence[bool]) -> list[Place]:
    """The places without a taken word, from the left, none across another: ``New York New York`` is one of two."""
    free: list[Place] = []
    for start, end in places:
        if not any(taken[start:end]) and (not free or start >= free[-1][1]):
            free.append((start, end))
    return free


def _longest_first(item: tuple[tuple[Place, ...], list[tuple[int, Match]]]) -> tuple[int, int, int]:
    places, group = item
    start, end = places[0]
    return start - end, start, group[0][0]


def _share(
    group: Sequence[tuple[int, Match]], mentions: Sequence[Mention], places: tuple[Place, ...], free: Sequence[Place]
) -> dict[int, Entry]:
    """Entries of mentions of one type with the same places: one free place each, and the rest for the last."""
    entries = {}
    for turn, (index, match) in enumerate(group):
        last = turn == len(group) - 1
        mine = tuple(free[turn:] if last else free[turn : turn + 1])
        if not mine:
            entries[index] = Entry(mentions[index], "overlapping", places)
        else:
            assert match.kind != "discontinuous"
            entries[index] = Entry(mentions[index], "repeated" if len(mine) > 1 else match.kind, mine)
    return entries


def _unflattened(ledger: Sequence[Entry], spans: Sequence[Span]) -> list[Unflattened] | None:
    """Every entity that the teacher gave, once, where the flat spans are not all of it; else None."""
    entities: dict[tuple[str, tuple[Place, ...]], None] = {}
    for entry in ledger:
        if entry.outcome == "discontinuous":
            entities[entry.mention["type"], entry.places] = None
        else:
            entities.update({(entry.mention["type"], (place,)): None for place in entry.places})
    if set(entities) == {(label, ((start, end),)) for start, end, label in spans}:
        return None
    ordered = sorted(entities, key=lambda entity: (entity[1], entity[0]))
    return [{"label": label, "fragments": [list(place) for place in places]} for label, places in ordered]
