"""Write a page with the entities drawn in the texts: one file that needs nothing else, and no script."""

import base64
import hashlib
import html
from collections.abc import Sequence

from tinyner.predict.labelling import Counts, Entity, Labelled
from tinyner.predict.spans_in_text import parts_of, shown_score
from tinyner.predict.writers import place_of, utf8
from tinyner.terminal import harmless

_HUES = (208, 32, 105, 320, 255, 52, 8, 172, 285, 140)

_STYLE = """
:root { color-scheme: light dark; --light: 86%; --page: #fff; --text: #1b1b1b; --dim: #6b6b6b; --rule: #e4e4e4; }
@media (prefers-color-scheme: dark) {
  :root { --light: 30%; --page: #16181b; --text: #e8e8e8; --dim: #9a9a9a; --rule: #303338; }
}
body { display: flex; flex-direction: column; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  background: var(--page); color: var(--text); font: 1rem/1.9 system-ui, sans-serif; }
header { order: -1; border-bottom: 1px solid var(--rule); margin-bottom: 1rem; padding-bottom: 1rem; }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .5rem; overflow-wrap: anywhere; }
header p { display: block; border: 0; padding: 0; margin: .3rem 0 0; }
p { display: grid; grid-template-columns: var(--place) minmax(0, 1fr); gap: 0 1rem; margin: 0; padding: .35rem 0;
  border-bottom: 1px solid var(--rule); }
p > a { color: var(--dim); font-size: .8rem; user-select: none; text-align: right; overflow-wrap: anywhere; }
p > span { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
mark { color: inherit; border-radius: .3em; padding: .1em .3em; background: hsl(var(--hue) 75% var(--light));
  -webkit-box-decoration-break: clone; box-decoration-break: clone; }
mark b { font-size: .68em; letter-spacing: .03em; margin-left: .45em; user-select: none; }
mark small { font-size: .68em; margin-left: .3em; opacity: .75; user-select: none; }
@media print { body { max-width: none; margin: 0; } mark { print-color-adjust: exact; } }
"""


class Html:
    """A page: its texts, and above them how many entities of each type there are."""

    def __init__(self, title: str, *, has_files: bool = False) -> None:
        """Take the title: what was read, and whether each text comes with the name of its file."""
        self._title = html.escape(harmless(title))
        self._place_width = "9rem" if has_files else "3rem"

    def begin(self) -> bytes:
        """Return the head of the page."""
        width = f":root {{ --place: {self._place_width}; }}\n"
        hues = "".join(f".h{place} {{ --hue: {hue}; }}\n" for place, hue in enumerate(_HUES))
        style = f"{_STYLE}{width}{hues}"
        return utf8(
            '<!DOCTYPE html>\n<html lang="und">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">\n'
            '<link rel="icon" href="data:,">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>Entities in {self._title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        )

    def block(self, texts: Sequence[Labelled], counts: Counts) -> bytes:
        """Return a paragraph for each text."""
        hues = _hues(counts)
        return utf8("".join(_paragraph(labelled, hues) for labelled in texts))

    def end(self, counts: Counts) -> bytes:
        """Return the rest, with the counts, which the style puts above the texts."""
        hues = _hues(counts)
        types = " ".join(
            f'<mark class="h{hues[label]}">{html.escape(harmless(label))}<b>{count:,}</b></mark>'
            for label, count in counts.labels.items()
            if count
        )
        return utf8(
            f"</main>\n<header>\n<h1>Entities in {self._title}</h1>\n<p>{counts.summary()}</p>\n<p>{types}</p>\n"
            "</header>\n"
            "</body>\n</html>\n"
        )


def _policy(style: str) -> str:
    """Return a policy that allows this style and nothing else: no script, and no request."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _hues(counts: Counts) -> dict[str, int]:
    """Return the number of each type's hue."""
    return {label: place % len(_HUES) for place, label in enumerate(counts.labels)}


def _paragraph(labelled: Labelled, hues: dict[str, int]) -> str:
    parts = (
        html.escape(part) if entity is None else _mark(part, entity, hues[entity.label])
        for part, entity in parts_of(labelled)
    )
    place = html.escape(harmless(place_of(labelled)))
    return f'<p><a>{place}</a><span dir="auto">{"".join(parts)}</span></p>\n'


def _mark(part: str, entity: Entity, hue: int) -> str:
    label = html.escape(harmless(entity.label))
    score = "" if entity.score is None else f", score {entity.score:.4f}"
    small = f"<small>{shown_score(entity.score)}</small>" if score else ""
    title = f"{label} {entity.start}\u2013{entity.end}{score}"
    return f'<mark class="h{hue}" title="{title}">{html.escape(part)}<b>{label}</b>{small}</mark>'
