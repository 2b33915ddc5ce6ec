"""The BERT family: which students the packed method takes, their sizes, and the names of their weights."""

from dataclasses import dataclass
from typing import Any

_FAMILY = ("bert", "roberta", "xlm-roberta", "camembert", "electra")


def fits(config: Any) -> bool:
    """Return whether a student is of the BERT family in the form that ``encoder`` computes.

    ``config``: of ``transformers``, or another object with the keys of config.json as attributes.
    """
    return (
        config.model_type in _FAMILY
        and getattr(config, "hidden_act", "") == "gelu"
        and getattr(config, "position_embedding_type", "absolute") in ("absolute", None)
        and getattr(config, "embedding_size", config.hidden_size) == config.hidden_size
        and not getattr(config, "is_decoder", False)
        and not getattr(config, "add_cross_attention", False)
    )


@dataclass(frozen=True)
class Shape:
    """The numbers of an encoder."""

    hidden: int
    inner: int
    layers: int
    heads: int
    offset: int  # the row of position 0
    eps: float
    drop_hidden: float
    drop_attention: float
    drop_head: float


def shape_of(config: Any) -> Shape:
    """Return the shape of a student that ``fits``."""
    offset = 0 if config.model_type in ("bert", "electra") else config.pad_token_id + 1
    head = getattr(config, "classifier_dropout", None)
    return Shape(
        config.hidden_size,
        config.intermediate_size,
        config.num_hidden_layers,
        config.num_attention_heads,
        offset,
        config.layer_norm_eps,
        config.hidden_dropout_prob,
        config.attention_probs_dropout_prob,
        config.hidden_dropout_prob if head is None else head,
    )


def names_of(shape: Shape, prefix: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return our matrices and vectors, each with the names of the tensors of ``transformers`` that it stacks."""
    matrices = {name: [f"{prefix}.embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")}
    vectors = {f"embed.norm.{part}": [f"{prefix}.embeddings.LayerNorm.{part}"] for part in ("weight", "bias")}
    for layer in range(shape.layers):
        at = f"{prefix}.encoder.layer.{layer}"
        places = {
            "q": [f"{at}.attention.self.query"],
            "kv": [f"{at}.attention.self.key", f"{at}.attention.self.value"],
            "o": [f"{at}.attention.output.dense"],
            "up": [f"{at}.intermediate.dense"],
            "down": [f"{at}.output.dense"],
        }
        for name, modules in places.items():
            matrices[f"{layer}.{name}"] = [f"{module}.weight" for module in modules]
            vectors[f"{layer}.{name}.bias"] = [f"{module}.bias" for module in modules]
        for name, module in (("norm1", f"{at}.attention.output"), ("norm2", f"{at}.output")):
            for part in ("weight", "bias"):
                vectors[f"{layer}.{name}.{part}"] = [f"{module}.LayerNorm.{part}"]
    matrices["head"] = ["classifier.weight"]
    vectors["head.bias"] = ["classifier.bias"]
    return matrices, vectors
