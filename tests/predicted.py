"""Rows of predictions/, as stage train writes them."""

from collections.abc import Sequence

from tinyner.bio import tags_to_spans
from tinyner.rows import Prediction


def prediction(row_id: str, tags: Sequence[str], calibrated: float = 0.75, uncalibrated: float = 0.95) -> Prediction:
    """A row whose entities all have the same probability."""
    count = len(tags_to_spans(tags))
    return {
        "id": row_id,
        "tags": list(tags),
        "probabilities": [calibrated] * count,
        "uncalibrated": [uncalibrated] * count,
    }
