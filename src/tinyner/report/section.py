"""A section of the page."""

from dataclasses import dataclass

from tinyner.report.markup import Markup


@dataclass(frozen=True)
class Section:
    """A section of the page; ``key`` is its id, a ``folded`` one is closed until its heading is pressed."""

    key: str
    title: str
    content: Markup
    folded: bool = False
