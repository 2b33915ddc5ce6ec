"""F1 over the dollars that an experiment's replies cost, where they are known."""

import math
from collections.abc import Sequence

from tinyner.report.axes import Panel, line, mark, ticks
from tinyner.report.intervals import over_seeds, spread
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import ScoredRun, by_agreement

_LABELLED = 12
"""Most runs whose names stand at their marks; with more, only the titles have them."""


def dollars(run: ScoredRun) -> float | None:
    """Return what the replies that a run draws cost, in US dollars; None if that is not known."""
    cost = run.metrics["evaluate"].get("cost_usd")
    return None if cost is None else float(cost)


def figures(scored_runs: Sequence[ScoredRun]) -> Markup:
    """Draw a chart of the runs that may be ranked and have a price, and say which have none."""
    notes = [element("p", note, class_="note") for note in unpriced(scored_runs)]
    priced = [[run for run in runs if dollars(run)] for runs in by_agreement(scored_runs)]
    charts = [_chart(runs, _without_replies(scored_runs, runs[0])) for runs in priced if runs]
    if not charts:
        return joined([element("p", "Not drawn: no experiment here has replies with a price."), *notes])
    return joined([element("figure", element("div", *charts, class_="panels two")), *notes])


def unpriced(scored_runs: Sequence[ScoredRun]) -> list[str]:
    """Say which teachers' replies have no price, and of what no cost is counted."""
    distilled = [run for run in scored_runs if not run.original_only]
    unknown = dict.fromkeys(run.teacher for run in distilled if dollars(run) is None)
    free = dict.fromkeys(run.teacher for run in distilled if dollars(run) == 0)
    notes = []
    if unknown:
        notes.append(
            f"What the replies of {', '.join(unknown)} cost was not recorded: there is no cost per F1 with them."
        )
    if free:
        notes.append(f"The replies of {', '.join(free)} cost 0 dollars a token; the machine it ran on is not counted.")
    if len(distilled) < len(scored_runs):
        notes.append("Experiments on original sentences alone draw no replies; what the people cost is not known.")
    return notes


def _without_replies(scored_runs: Sequence[ScoredRun], like: ScoredRun) -> list[ScoredRun]:
    """Return the runs that draw no replies, and may be ranked with another."""
    return [run for run in scored_runs if run.original_only and run.agreement == like.agreement]


def _chart(runs: Sequence[ScoredRun], free: Sequence[ScoredRun]) -> Markup:
    """Draw F1 over dollars, on a log scale; what people's labels alone reach is a dashed line."""
    axis = runs[0].agreement or "micro F1"
    places = {run.key: math.log10(dollars(run) or 1.0) for run in runs}
    ends = [end for run in runs for end in (run.f1, *(over_seeds(run.micro_f1) or ()))]
    base = max(free, key=lambda run: run.f1) if free else None
    low, high = spread([*ends, *([base.f1] if base else [])])
    first, last = min(places.values()), max(places.values())
    margin = (last - first) * 0.1 or 0.3
    powers = [(at, _in_dollars(10**at)) for at in _log_ticks(first - margin, last + margin)]
    panel = Panel(
        f"{axis[0].upper()}{axis[1:]} by cost of the replies",
        (first - margin, last + margin),
        (low, high),
        powers,
        ticks(low, high),
        "US dollars for the replies that it draws (log scale)",
        width=460,
        height=300,
        left=46,
    )
    drawn = [_point(panel, run, places[run.key], named=len(runs) <= _LABELLED) for run in runs]
    if base is not None:
        y = panel.y(base.f1)
        title = element("title", f"people’s labels alone, {base.name}: {base.f1:.3f}, without replies")
        across = line([(panel.left, y), (panel.width - panel.right, y)], "line reference")
        drawn.insert(0, element("g", title, across, class_="c6"))
    described = "; ".join(f"{run.name}: {_in_dollars(dollars(run) or 0)}, {run.micro_f1}" for run in runs)
    under = f"; dashed: {base.name}, without replies, {base.f1:.3f}" if base else ""
    caption = f"Means over seeds, with 95 % confidence intervals{under}."
    return element("div", panel.draw(f"{axis} by dollars: {described}.", *drawn), element("p", caption, class_="note"))


def _point(panel: Panel, run: ScoredRun, place: float, *, named: bool) -> Markup:
    x, y = panel.x(place), panel.y(run.f1)
    interval = over_seeds(run.micro_f1)
    whisker = line([(x, panel.y(interval.low)), (x, panel.y(interval.high))], "whisker") if interval else None
    to_the_left = x > panel.width * 0.6
    name = element(
        "text", run.name, class_="tick", x=x - 7 if to_the_left else x + 7, y=y + 4,
        text_anchor="end" if to_the_left else None,
    )  # fmt: skip
    per_dollar = run.f1 / (dollars(run) or 1.0)
    title = f"{run.name}: {run.f1:.3f} for {_in_dollars(dollars(run) or 0)}, {per_dollar:.3g} a dollar"
    return element("g", element("title", title), whisker, mark((x, y), 0, 1.4), name if named else None, class_="c0")


def _in_dollars(amount: float) -> str:
    """Return an amount in short.

    >>> _in_dollars(0.02), _in_dollars(12.5), _in_dollars(300)
    ('$0.02', '$12.5', '$300')
    """
    return f"${amount:.3g}" if amount < 1000 else f"${amount:,.0f}"


def _log_ticks(low: float, high: float) -> list[float]:
    """Return exponents of 1, 2 and 5 times powers of ten in a range; of the powers alone if those are enough.

    >>> [round(10**at, 3) for at in _log_ticks(-2.2, -0.9)]
    [0.01, 0.02, 0.05, 0.1]
    """
    exponents = range(math.floor(low), math.ceil(high) + 1)
    powers = [float(exponent) for exponent in exponents if low <= exponent <= high]
    if len(powers) > 2:
        return powers
    places = [exponent + math.log10(factor) for exponent in exponents for factor in (1, 2, 5)]
    return [at for at in places if low <= at <= high] or [low, high]
