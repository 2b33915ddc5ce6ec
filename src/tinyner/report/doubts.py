"""Which sentences that nobody labelled the trained student doubts most: the ones that people should label next."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.bio import Span, tags_to_spans
from tinyner.errors import UserError
from tinyner.rows import Sentence, squeezed

MODEL = Path("models/student")

MOST_READ = 1000
"""Sentences that the student reads: seconds on two cores."""

CERTAIN = 0.995
"""A sentence whose scores are all at least this is not doubted: it would show as 1.00, and their order says nothing."""

MOST = 10
"""Sentences that are shown."""


@dataclass(frozen=True)
class Doubt:
    """A sentence, the spans that the student finds in it, and the probability of each."""

    sentence: Sentence
    spans: Sequence[Span]
    probabilities: Sequence[float]

    @property
    def score(self) -> float:
        """The lowest probability."""
        return min(self.probabilities)


@dataclass(frozen=True)
class Doubts:
    """The most doubtful sentences, the first the least sure, of ``read`` ones; ``reason`` says why there are none."""

    rows: Sequence[Doubt] = ()
    read: int = 0
    reason: str = (
        f"the model is not here: it is in {MODEL} of the run's own workspace, and this is a run from elsewhere"
    )


def doubts_of(root: Path, target: Sequence[Sentence], original: Sequence[Sentence]) -> Doubts:
    """Let the student of a workspace read target sentences without human labels, and return those it doubts most.

    Args:
        root: the workspace; its models/student reads.
        target: the sentences that the LLM labels; the first ``MOST_READ`` that people did not label are read.
        original: sentences that people labelled.
    """
    if not (root / MODEL / "config.json").exists():
        return Doubts(reason=f"{root / MODEL} is not here; run `dvc repro`, `dvc pull` or `dvc checkout` there")
    labelled = {squeezed(row["words"]) for row in original}
    pool = [row for row in target if "tags" not in row and squeezed(row["words"]) not in labelled][:MOST_READ]
    if not pool:
        return Doubts(reason="people labelled all target sentences")
    from tinyner.predict.tagger import Tagger  # noqa: PLC0415, torch takes seconds

    try:
        tagged = Tagger(root / MODEL, threads=1).label([row["words"] for row in pool])
    except UserError as error:
        return Doubts(reason=str(error))
    doubts = [
        Doubt(row, tags_to_spans(labels.tags), labels.probabilities)
        for row, labels in zip(pool, tagged, strict=True)
        if labels.probabilities
    ]
    if not doubts:
        return Doubts(
            read=len(pool), reason=f"the student finds no entity with a probability in {len(pool):,} sentences"
        )
    doubtful = [doubt for doubt in doubts if doubt.score < CERTAIN]
    if not doubtful:
        sure = f"the student gives all that it finds in {len(pool):,} sentences a score of {CERTAIN} or more"
        return Doubts(
            read=len(pool), reason=f"{sure}; label sentences drawn at random, or those where it finds nothing"
        )
    return Doubts(sorted(doubtful, key=lambda doubt: (doubt.score, doubt.sentence["id"]))[:MOST], len(pool))
