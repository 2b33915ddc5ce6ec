"""Flatten the mentions of a reply: spans without overlap, the outcome of each mention, and what tags can't hold.

The flattening rule: the longest mention takes its places first, then the leftmost, then the first in the
reply; a word that is taken is not taken again. A discontinuous mention gets no tags. The same text under
two types is ambiguous: the type that comes first is labelled, or none (``align.ambiguous``). Where the rule
leaves a mention without a place, ``unflattened`` lists all entities. A mention that takes one of its places
counts at that place only, not at others inside longer mentions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from tinyner.align.edges import Place, bare
from tinyner.align.mention_matching import Match, find_mention
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.bio import Span
from tinyner.params import Align
from tinyner.prompts import Prompt
from tinyner.rows import Mention, Unflattened

Outcome = Literal[
    "exact",
    "case_fixed",
    "whitespace_fixed",
    "boundary_snapped",
    "spelling_fixed",
    "repeated",
    "ambiguous",
    "overlapping",
    "discontinuous",
    "copied_from_prompt",
    "other_case",
    "not_in_sentence",
    "unknown_type",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
UNPLACED: tuple[Outcome, ...] = ("copied_from_prompt", "other_case", "not_in_sentence", "unknown_type")


@dataclass(frozen=True)
class AlignedMention:
    """A mention and its outcome; ``places`` are its ranges of words, or its fragments, if it has any."""

    mention: Mention
    outcome: Outcome
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class AlignedReply:
    """The mentions of one reply, placed in its sentence.

    ``spans`` don't overlap and are in the sentence's order; ``ledger`` has each mention in the reply's order;
    ``unflattened`` lists every entity of the reply where the spans do not hold them all, else it is None.
    """

    spans: list[Span]
    ledger: list[AlignedMention]
    unflattened: list[Unflattened] | None


def align_reply(
    sentence: SearchedSentence, mentions: Sequence[Mention], types: Sequence[str], prompt: Prompt, align_params: Align
) -> AlignedReply:
    """Place the mentions of one reply in its sentence.

    Args:
        sentence: one object for all its replies.
        mentions: as the reply gave them.
        types: the scheme; a mention of another type is ``unknown_type``.
        prompt: the template, to tell mentions that were copied from its examples; empty for labels from a file.
        align_params: how far a mention may differ from the sentence.
    """
    aligned: dict[int, AlignedMention] = {}  # by the mention's index
    groups: dict[tuple[Place, ...], list[tuple[int, Match]]] = {}  # mentions with the same places
    for index, mention in enumerate(mentions):
        if mention["type"] not in types:
            aligned[index] = AlignedMention(mention, "unknown_type")
            continue
        match = _match_of(mention, sentence, align_params)
        if match is None or match.kind == "other_case":
            aligned[index] = AlignedMention(mention, _why_missing(mention["text"], match, prompt))
        elif match.kind == "discontinuous":
            aligned[index] = AlignedMention(mention, "discontinuous", match.places)
        else:
            groups.setdefault(match.places, []).append((index, match))
    spans: list[Span] = []
    taken = [False] * len(sentence.words)
    for places, group in sorted(groups.items(), key=_longest_first):
        free = _free(places, taken)
        labels = list(dict.fromkeys(mentions[index]["type"] for index, _ in group))
        if len(labels) > 1:
            aligned.update({index: AlignedMention(mentions[index], "ambiguous", places) for index, _ in group})
            labelled = free if align_params.ambiguous == "first" else []
        else:
            aligned.update(_distribute(group, mentions, places, free))
            labelled = free
        for start, end in labelled:
            taken[start:end] = [True] * (end - start)
            spans.append((start, end, labels[0]))
    ledger = [aligned[index] for index in range(len(mentions))]
    return AlignedReply(sorted(spans), ledger, _unflattened(ledger, spans))


def _match_of(mention: Mention, sentence: SearchedSentence, align_params: Align) -> Match | None:
    """Return the places of a mention: its own if it came with one, and else those where its text is found."""
    if "span" in mention:
        start, end = mention["span"]
        return Match("exact", ((start, end),))
    return find_mention(mention["text"], sentence, align_params)


def _why_missing(text: str, match: Match | None, prompt: Prompt) -> Outcome:
    if prompt.contains(text) or prompt.contains(bare(text)):
        return "copied_from_prompt"
    return "not_in_sentence" if match is None else "other_case"


def _free(places: Sequence[Place], taken: Sequence[bool]) -> list[Place]:
    """Return the places without a taken word, from the left; of places that overlap each other, the first."""
    free: list[Place] = []
    for start, end in places:
        if not any(taken[start:end]) and (not free or start >= free[-1][1]):
            free.append((start, end))
    return free


def _longest_first(item: tuple[tuple[Place, ...], list[tuple[int, Match]]]) -> tuple[int, int, int]:
    places, group = item
    start, end = places[0]
    return start - end, start, group[0][0]


def _distribute(
    group: Sequence[tuple[int, Match]], mentions: Sequence[Mention], places: tuple[Place, ...], free: Sequence[Place]
) -> dict[int, AlignedMention]:
    """Give each mention of one type with the same places one of the free places, and the last all that remain."""
    aligned = {}
    for turn, (index, match) in enumerate(group):
        last = turn == len(group) - 1
        assigned = tuple(free[turn:] if last else free[turn : turn + 1])
        if not assigned:
            aligned[index] = AlignedMention(mentions[index], "overlapping", places)
        else:
            assert match.kind not in ("discontinuous", "other_case")
            outcome: Outcome = "repeated" if len(assigned) > 1 else match.kind
            aligned[index] = AlignedMention(mentions[index], outcome, assigned)
    return aligned


def _unflattened(ledger: Sequence[AlignedMention], spans: Sequence[Span]) -> list[Unflattened] | None:
    """Return every entity of the reply, each once, or None where the flat spans hold them all."""
    entities: set[tuple[str, tuple[Place, ...]]] = set()
    for aligned in ledger:
        if aligned.outcome == "discontinuous":
            entities.add((aligned.mention["type"], aligned.places))
        else:
            entities.update((aligned.mention["type"], (place,)) for place in aligned.places)
    if entities == {(label, ((start, end),)) for start, end, label in spans}:
        return None
    ordered = sorted(entities, key=lambda entity: (entity[1], entity[0]))
    return [{"label": label, "fragments": [list(place) for place in places]} for label, places in ordered]
