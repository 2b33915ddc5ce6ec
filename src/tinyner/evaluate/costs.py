"""What the labels of an experiment cost."""

import json
from pathlib import Path

from tinyner.files import read_bytes
from tinyner.params import Train
from tinyner.schedules import shares_by_epoch

COSTS = Path("metrics/annotate.json")


def cost_of_replies(train_params: Train) -> float | None:
    """Return the US dollars of all replies to the corpora that training draws from; None if a price is unknown.

    The whole corpus counts, even if training uses only its first sentences.
    """
    if not any(w0 for w0, _ in shares_by_epoch(train_params.schedule, train_params.group, train_params.epochs)):
        return 0.0
    corpora = {"B": ("target",), "D": ("target",)}.get(train_params.group, ("target", "related"))
    rows = [row for row in json.loads(read_bytes(COSTS))["costs"] if row["corpus"] in corpora]
    if any(row["priced"] < row["replies"] for row in rows):
        return None
    return float(sum(row["cost_usd"] for row in rows))
