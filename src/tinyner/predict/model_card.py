"""What config.json of a student says of its tags, under the key ``tinyner``: stage train writes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyner.decoding import DECODERS, Decoder
from tinyner.errors import UserError

KEY = "tinyner"
"""The key."""


@dataclass(frozen=True)
class ModelCard:
    """How a student's tags are chosen, the temperature of its probabilities, and how far these were right on dev.

    ``temperature`` is None where nothing was fitted: without a dev set, or for a model that was trained elsewhere.
    """

    decoder: Decoder = "viterbi"
    temperature: float | None = None
    dev_entities: int = 0
    dev_curve: Sequence[tuple[float, float, float]] = ()  # threshold, precision, recall
    dev_by_teacher: bool = False  # dev has the labels of the student's teacher, not of people

    @classmethod
    def of(cls, config: Any, folder: Path) -> "ModelCard":
        """Return what the config of the model in a folder says.

        Raises:
            UserError: where that is not what stage train writes.
        """
        content = getattr(config, KEY, None)
        if content is None:
            return cls()
        try:
            decoder, temperature, dev = content["decode"], content["temperature"], content["dev"]
            curve = [(float(a), float(b), float(c)) for a, b, c in dev["threshold_precision_recall"]]
            entities, by_teacher = int(dev["entities"]), dev.get("by_teacher", False) is True  # older ones lack it
            fits = decoder in DECODERS and (temperature is None or 0 < float(temperature) < 1000)
        except (KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise UserError(
                f"{folder}/config.json: the key tinyner is not as stage train writes it; copy the whole folder"
            )
        return cls(decoder, temperature, entities, curve, by_teacher)

    def content(self) -> dict[str, Any]:
        """Return what ``of`` reads."""
        curve = [list(row) for row in self.dev_curve]
        dev = {
            "entities": self.dev_entities,
            "by_teacher": self.dev_by_teacher,
            "threshold_precision_recall": curve,
        }
        return {"decode": self.decoder, "temperature": self.temperature, "dev": dev}
