"""Counts on the way from a teacher's replies to labels: how replies were read, and the outcomes of their mentions."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinyner.report.inputs import Corpus

STATUSES = {
    "ok": "read as it stands",
    "repaired": "repaired",
    "failed": "failed",
}
"""How a reply was read, in words."""

LABELLED, SPLIT, UNLABELLED = "labelled", "one type labelled at most", "not labelled"
"""Ends of a mention. SPLIT is used for counts from metrics, which do not say which of two types was labelled."""

UNSPLIT = "read"
"""Key of all mentions in a flow whose numbers by status of reply are not known."""

_PLACED = ("exact", "case_fixed", "whitespace_fixed", "boundary_snapped", "spelling_fixed", "repeated")


@dataclass(frozen=True)
class Flow:
    """Counts of one teacher's replies and mentions."""

    statuses: Mapping[str, int]  # replies
    mentions: Mapping[str, int]  # by the status of their reply, or all under UNSPLIT
    outcomes: Mapping[str, Mapping[str, int]]  # mentions by outcome, then LABELLED, SPLIT or UNLABELLED
    problems: Mapping[str, int]  # replies
    spans: int | None  # labels in the sentences, where these are at hand

    @property
    def replies(self) -> int:
        """All replies."""
        return sum(self.statuses.values())

    @property
    def total(self) -> int:
        """All mentions."""
        return sum(sum(ends.values()) for ends in self.outcomes.values())

    def describe(self) -> str:
        """Return the flow as a sentence."""
        labelled = sum(ends.get(LABELLED, 0) for ends in self.outcomes.values())
        spans = "" if self.spans is None else f", which are {self.spans:,} labels in the sentences"
        return (
            f"{self.replies:,} replies, {self.statuses['failed']:,} of which could not be read, named {self.total:,} "
            f"mentions; {labelled:,} of these were labelled{spans}."
        )


def flow_of_metrics(metrics: Mapping[str, Any]) -> Flow | None:
    """Return the flow that metrics/clean.json and metrics/align.json record; None without both."""
    clean, align = metrics.get("clean"), metrics.get("align")
    if not clean or not align:
        return None
    counts = {row["outcome"]: row["mentions"] for row in align["ledger"]}
    return Flow(
        {status: clean[status] for status in STATUSES},
        {UNSPLIT: sum(counts.values())},
        {outcome: {_end_by_rule(outcome): count} for outcome, count in counts.items() if count},
        clean.get("problems", {}),
        None,
    )


def _end_by_rule(outcome: str) -> str:
    if outcome in _PLACED:
        return LABELLED
    return SPLIT if outcome == "ambiguous" else UNLABELLED


def flow_of_corpus(corpus: Corpus) -> Flow | None:
    """Return the flow counted from a repository's rows; None where it has no ledger or no annotations."""
    if not corpus.ledger or not corpus.annotations:
        return None
    mentions = Counter[str]()
    for annotation in corpus.annotations:
        mentions[annotation["status"]] += len(annotation["mentions"])
    outcomes: dict[str, Counter[str]] = {}
    for row, labelled in zip(corpus.ledger, _labelled(corpus), strict=True):
        outcomes.setdefault(row["outcome"], Counter())[LABELLED if labelled else UNLABELLED] += 1
    return Flow(
        {status: sum(row["status"] == status for row in corpus.annotations) for status in STATUSES},
        mentions,
        outcomes,
        Counter(sorted(problem for row in corpus.annotations for problem in row["problems"])),
        sum(len(example["spans"]) for example in corpus.examples.values()),
    )


def _labelled(corpus: Corpus) -> list[bool]:
    """Return for each row of the ledger whether its sentence has a span at one of its places, with its type."""
    spans = {
        sentence: {(span["start"], span["end"], span["label"]) for span in example["spans"]}
        for sentence, example in corpus.examples.items()
    }
    return [
        row["outcome"] not in ("overlapping", "discontinuous")
        and any((start, end, row["type"]) in spans.get(row["id"], ()) for start, end in row["span"] or ())
        for row in corpus.ledger
    ]
