"""Parameters of runs that were made under keys of other names, under today's."""

from collections.abc import Mapping
from typing import Any

_TODAYS = {
    "prepare.sentences": "target",
    "prepare.bbc": "related",
    "prepare.distilled_size": "target_size",
    "prepare.bbc_size": "related_size",
    "annotate.prompts.conll": "target",
    "annotate.prompts.bbc": "related",
    "train.distilled_size": "target_size",
    "train.bbc_size": "related_size",
}


def todays_params(params: Mapping[str, Any], section: str = "") -> dict[str, Any]:
    """Return parameters with each key under today's name, in their order.

    >>> todays_params({"train": {"bbc_size": 300, "lr": 1e-05}})
    {'train': {'related_size': 300, 'lr': 1e-05}}
    """
    return {
        _TODAYS.get(f"{section}{key}", key): (
            todays_params(value, f"{section}{key}.") if isinstance(value, Mapping) else value
        )
        for key, value in params.items()
    }
