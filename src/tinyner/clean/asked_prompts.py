"""The prompts that replies answer, as the parser needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tinyner.clean.answer_part import label_of


@dataclass(frozen=True)
class AskedPrompts:
    """Templates by their sha256, with all filled in but the sentence."""

    templates: Mapping[str, str]

    @cached_property
    def labels(self) -> set[str]:
        """What the templates write before a sentence, in lower case.

        >>> AskedPrompts({"a": "Find all.\\n\\nSatz: {sentence}", "b": "{sentence}"}).labels
        {'satz'}
        """
        return {label for template in self.templates.values() if (label := label_of(template))}
