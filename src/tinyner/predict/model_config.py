"""What config.json of a trained student says, without ``transformers`` where it says all."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tinyner.train.bert_family import fits

_NEEDED = (
    *("model_type", "id2label", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
    *("vocab_size", "max_position_embeddings", "pad_token_id", "layer_norm_eps", "hidden_act"),
    *("hidden_dropout_prob", "attention_probs_dropout_prob"),
)
"""Keys for which ``transformers`` has defaults of its own, which are not repeated here."""


def read_config(folder: Path) -> Any:
    """Return the configuration of the model in a folder, its keys as attributes.

    Raises:
        Exception: of any class, where it can't be read.
    """
    content = json.loads((folder / "config.json").read_bytes())
    if isinstance(content, dict) and all(content.get(key) is not None for key in _NEEDED):
        config = SimpleNamespace(**content)
        if fits(config):
            config.id2label = {int(index): label for index, label in content["id2label"].items()}
            return config
    from transformers import AutoConfig  # noqa: PLC0415, takes seconds

    return AutoConfig.from_pretrained(folder, trust_remote_code=False)
