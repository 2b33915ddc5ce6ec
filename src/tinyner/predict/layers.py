"""Whether a model's weights are of the layers that its config has."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tinyner.errors import UserError

_LAYER = re.compile(r"\blayers?\.(\d+)\.")


def check_layers(folder: Path, config: Any, names: Iterable[str]) -> None:
    """Raise a UserError where a weight's name is that of a layer that the config doesn't have."""
    count = config.num_hidden_layers
    for name in sorted(names):
        layer = _LAYER.search(name)
        if layer and int(layer[1]) >= count:
            raise UserError(
                f"{folder}: config.json has {count} layers, but the model has {name}; copy the whole folder"
            )
