"""A drawing as an SVG file that stands by itself, for a README: with its own style, light and dark."""

from tinyner.report.markup import Child, Markup, element, number

_STYLE = """
svg { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif }
.back { fill: #fbfaf7 }
.heading { font-size: 17px; font-weight: 600; fill: #1c1e21 }
.tick, .label, .under, .key { font-size: 13px; fill: #595d63 }
.key { fill: #1c1e21 }
.grid { stroke: #dedbd3 }
.axis { stroke: #8b8f95 }
.line { fill: none; stroke: currentColor; stroke-width: 2.5 }
.whisker { stroke: currentColor; stroke-width: 1.5 }
.mark { fill: currentColor }
.value { font-size: 12px; fill: currentColor }
.human { color: #b84600 }
.target { color: #00785a }
.both { color: #0067a5 }
.steps .line { stroke-dasharray: 6 4 }
@media (prefers-color-scheme: dark) {
  .back { fill: #15171a }
  .heading, .key { fill: #e9e7e2 }
  .tick, .label, .under { fill: #a9adb3 }
  .grid { stroke: #34383e }
  .axis { stroke: #7d828a }
  .human { color: #ff9a5c }
  .target { color: #3fd0a4 }
  .both { color: #6cb6f5 }
}
"""


def svg_file(title: str, under: str, described: str, size: tuple[float, float], *drawn: Child) -> Markup:
    """Return a drawing of a width and height on a ground, with its title and a line under it.

    Screen readers read ``described``.
    """
    width, height = size
    return element(
        "svg",
        element("title", title, id="title"),
        element("desc", described, id="desc"),
        element("style", Markup(_STYLE)),
        element("rect", class_="back", width=width, height=height, rx=8),
        element("text", title, class_="heading", x=16, y=32),
        element("text", under, class_="under", x=16, y=54),
        *drawn,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby="title desc",
    )
