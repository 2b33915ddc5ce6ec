"""Show entities in their texts on a terminal, with colours; without colours in brackets."""

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text as Line

from tinyner.predict.labelling import Counts, Labelled
from tinyner.predict.spans_in_text import parts_of, shown_score
from tinyner.predict.writers import place_of, utf8
from tinyner.terminal import harmless, harmless_console

_COLOURS = (
    *("#b7dcff", "#ffd59e", "#c4ecb4", "#f6c1e0", "#d7ccff"),
    *("#fff0a3", "#ffc4b8", "#b5ece4", "#d9d9d9", "#e6d3b8"),
)
_FEW_COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "red", "white")  # of a terminal with 16


class View:
    """Each text behind its line's number, its entities marked, with type and score."""

    def __init__(self) -> None:
        """Look at what standard output can show."""
        self._console = harmless_console(highlight=False)
        self._has_colours = self._console.color_system is not None and not self._console.no_color
        self._colours = _FEW_COLOURS if self._console.color_system == "standard" else _COLOURS

    def begin(self) -> bytes:
        """Return nothing."""
        return b""

    def block(self, texts: Sequence[Labelled], counts: Counts) -> bytes:
        """Return the lines of texts."""
        colours = {label: self._colours[place % len(self._colours)] for place, label in enumerate(counts.labels)}
        with self._console.capture() as capture:
            for labelled in texts:
                self._console.print(self._line(labelled, colours), soft_wrap=True)
        return utf8(capture.get())

    def end(self, counts: Counts) -> bytes:
        """Return nothing."""
        return b""

    def _line(self, labelled: Labelled, colours: dict[str, str]) -> Line:
        line = Line()
        line.append(f"{harmless(place_of(labelled))}  ", Style(dim=True))
        for part, entity in parts_of(labelled):
            if entity is None:
                line.append(part)
                continue
            label = " ".join(filter(None, (harmless(entity.label), shown_score(entity.score))))
            if self._has_colours:
                colour = colours[entity.label]
                line.append(f" {part} ", Style(color="black", bgcolor=colour))
                line.append(f"{label} ", Style(color="black", bgcolor=colour, bold=True))
            else:
                line.append(f"[{part} {label}]")
        return line
