"""No mutation of a well-formed reply is read as something else."""

import random
from collections import Counter

import pytest
from tests.clean.mutations import mutated, well_formed

from tinyner.align.flatten import align_reply
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.clean.parse import Status, parse_reply
from tinyner.clean.type_names import TypeNames
from tinyner.params import Params
from tinyner.prompts import Prompt


def outcome_of(seed: int, names: TypeNames, params: Params) -> tuple[str, str, str]:
    """Return the kind of a mutation, how the mutated reply ended, and the replies before and after.

    It ends *right* (the spans of the whole reply), *failed*, *noted* (a mention is lost or has other edges, and the
    ledger has it as a mention without a place, or of another type: the reply itself says something else now), or
    *wrong*: there is a span that the whole reply does not have, or a mention is lost without a trace.
    """
    generator = random.Random(seed)
    whole = well_formed(generator)
    mutation = mutated(whole, generator)
    status, mentions, problems = parse_reply(mutation.reply, whole.words, names, cut=mutation.cut)
    report = f"{whole.reply!r}\n{mutation.reply!r}\n{mentions} {problems}"
    if status is Status.FAILED:
        return mutation.kind, "failed", report
    aligned = align_reply(
        SearchedSentence(whole.words),
        [{"type": label, "text": text} for label, text in mentions],
        list(params.types),
        Prompt("{sentence}"),
        params.align,
    )
    labelled = {(label, " ".join(whole.words[start:end])) for start, end, label in aligned.spans}
    if labelled == whole.mentions:
        return mutation.kind, "right", report
    unplaced = [row for row in aligned.ledger if not row.places]
    lost = whole.mentions - labelled
    if labelled <= whole.mentions and len(lost) <= len(unplaced):
        return mutation.kind, "noted", report
    return mutation.kind, "wrong", report


@pytest.mark.slow
@pytest.mark.parametrize("replies", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_a_mutated_reply_ends_right_or_failed_and_never_wrong(replies: int, names: TypeNames, params: Params) -> None:
    shares: Counter[tuple[str, str]] = Counter()
    for seed in range(replies):
        kind, outcome, report = outcome_of(seed, names, params)
        shares[kind, outcome] += 1
        assert outcome != "wrong", f"{seed}, {kind}:\n{report}"
    right = sum(count for (_, outcome), count in shares.items() if outcome == "right")
    print(dict(sorted(shares.items())))
    assert right > replies / 2
