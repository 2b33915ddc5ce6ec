"""What the user says to ``tinyner init``, by flags or answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Options:
    """The flags of ``tinyner init``; None or empty where the user said nothing."""

    sentences: str = ""
    gold: str | None = None
    types: str | None = None
    labels: tuple[str, ...] | None = None  # files with a teacher's labels
    definitions: Mapping[str, str] = field(default_factory=dict)  # beside those of ``types``
    name: str | None = None  # of the examples' file in prompts/
    target_size: int | None = None
    valid: int | None = None
    test: int | None = None
    document: str | None = None  # the key or column that names a row's document
    split_texts: bool | None = None
    encoding: str | None = None
    in_git: bool = False
    force: bool = False
    recipe: str | None = None
    data: str | None = None  # the folder or URL with a recipe's data
    base_url: str | None = None  # of the annotator's server
    model: str | None = None  # that it serves
    changes: Mapping[str, object] = field(default_factory=dict)  # of params.yaml, by dotted names
