"""The result of a pilot on the terminal."""

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinyner.bio import Span, types_in
from tinyner.pilot.answers import Answers
from tinyner.pilot.blend_advice import blend_advice
from tinyner.pilot.gold import Gold
from tinyner.pilot.reading import ReadSentence, worst
from tinyner.pilot.result import CandidateResult, Pilot
from tinyner.pilot.scores import LEVEL, WILSON, CandidateScores, Interval, PairDifference
from tinyner.plurals import number
from tinyner.rows import text_of, text_of_words
from tinyner.scores import AVERAGES, MEASURES
from tinyner.tables import notes_on_types
from tinyner.terminal import harmless_console

FEW = 20  # sentences; fewer show little more than whether the prompt is understood
_INTERVAL = f"{LEVEL:.0%} interval"
_WORST = 10  # sentences shown of each candidate
_OTHERWISE = f"* {WILSON}, as every sentence that has one scores the same"
_TOO_FEW = "the sentences, or their entities, are too few to tell"
_REPLY_LENGTH = 400  # characters of a reply that are shown; the file of -o has all


def show(pilot: Pilot) -> None:
    """Print scores, comparisons, outcomes, costs and the worst sentences."""
    console = harmless_console(highlight=False, emoji=False)
    console.print(_title(pilot))
    if len(pilot.results) == 1:
        console.print(_scores(pilot))
        _explain_intervals(console, pilot)
        console.print(_f1_line(pilot.results[0].scores))
        advice = blend_advice(pilot.results[0].scores.f1, pilot.results[0].asked.candidate.params.train)
        if advice:
            console.print(advice, soft_wrap=True)
    else:
        console.print(_compared(pilot))
        console.print(_scores(pilot))
        _explain_intervals(console, pilot)
        for line in _differences(pilot.differences):
            console.print(line)
        if not pilot.differences:
            console.print(f"no comparison: {_TOO_FEW}")
    support = {name: values["support"] for name, values in pilot.results[0].scores.table.items()}
    predicted = [types_in(read.aligned.tags for read in result.sentences) for result in pilot.results]
    for line in notes_on_types(support, predicted, "candidates"):
        console.print(line)
    for result in pilot.results:
        before = f"{result.name}: " if len(pilot.results) > 1 else ""
        for line in (*outcome_lines(result), *cost_lines(result)):
            console.print(before + line)
    for line in _limits(pilot):
        console.print(line)
    for result in pilot.results:
        _show_worst(console, result)


def _title(pilot: Pilot) -> str:
    names = ", ".join(dict.fromkeys(result.asked.plan.endpoint.name for result in pilot.results))
    entities = number(pilot.entities, "entity", "entities")
    return f"{names} against gold: {number(len(pilot.gold.sentences), 'sentence')}, {entities}"


def _scores(pilot: Pilot) -> Table:
    """Return precision, recall, F1 and its interval by average and type; below each name, a row for each candidate."""
    results, several = pilot.results, len(pilot.results) > 1
    headers = ("precision", "recall", "F1", _INTERVAL, "entities")
    table = _narrow_table("", *headers) if several else _table("", *headers)
    for name, values in results[0].scores.table.items():
        if several:
            table.add_row(name, "", "", "", "", str(values["support"]))
        for result in results:
            cells = _cells(result.scores, name)
            if several:
                table.add_row(f"  {result.name}", *cells, "", end_section=result is results[-1])
            else:
                table.add_row(name, *cells, str(values["support"]), end_section=name == AVERAGES[-1])
    return table


def _cells(scores: CandidateScores, name: str) -> list[str]:
    """Return the scores of an average or a type, and the interval of F1 where there is one."""
    values = scores.table[name]
    cells = [f"{values[measure]:.3f}" for measure in MEASURES]  # type: ignore[literal-required]
    if name not in scores.intervals:  # macro, weighted
        return [*cells, ""]
    return [*cells, _interval(scores.intervals[name])]


def _interval(interval: Interval | None) -> str:
    return "too few" if interval is None else f"{interval}{'*' if interval.method == WILSON else ''}"


def _explain_intervals(console: Console, pilot: Pilot) -> None:
    intervals = [interval for result in pilot.results for interval in result.scores.intervals.values()]
    if any(interval is not None and interval.method == WILSON for interval in intervals):
        console.print(_OTHERWISE)


def _f1_line(scores: CandidateScores) -> str:
    interval = scores.interval
    if interval is None:
        return f"F1 {scores.f1:.3f}; no interval: {_TOO_FEW}"
    how = f" ({WILSON}, since every sentence scores the same)" if interval.method == WILSON else ""
    return f"F1 {scores.f1:.3f}, {LEVEL:.0%} interval {interval}{how}"


def _compared(pilot: Pilot) -> Table:
    """Return a row for each candidate."""
    table = _narrow_table("", "precision", "recall", "F1", _INTERVAL, "failed", "all, $")
    for result in pilot.results:
        micro = result.scores.table["micro"]
        all_usd = result.cost_of_all.usd
        table.add_row(
            result.name,
            *(f"{micro[measure]:.3f}" for measure in MEASURES),  # type: ignore[literal-required]
            _interval(result.scores.interval),
            str(result.outcomes.statuses["failed"]),
            "?" if all_usd is None else f"{all_usd:.4f}",
        )
    return table


def _table(first: str, *others: str, **style: Any) -> Table:
    table = Table(**style)
    table.add_column(first, overflow="fold")
    for header in others:
        table.add_column(header, justify="right")
    return table


def _narrow_table(*headers: str) -> Table:
    """Return a table with few lines, so that more columns fit."""
    return _table(*headers, box=box.SIMPLE_HEAD, pad_edge=False)


def _differences(pairs: Sequence[PairDifference]) -> list[str]:
    lines = []
    for pair in pairs:
        if pair.is_none:
            lines.append(f"no difference: {pair.a} and {pair.b} score the same on every sentence; others may tell")
            continue
        first, second, sign = (pair.a, pair.b, 1) if pair.mean >= 0 else (pair.b, pair.a, -1)
        low, high = sorted((100 * sign * pair.low, 100 * sign * pair.high))
        verdict = f"{first} beats {second} by" if pair.significant else f"no difference shown, {first} less {second}:"
        p = "p<0.001" if pair.adjusted < 0.001 else f"p={pair.adjusted:.3f}"
        holm = f" after Holm over {pair.pairs}" if pair.pairs > 1 else ""
        interval = f"{LEVEL:.0%} interval {low:z.1f} to {high:z.1f}"
        lines.append(f"{verdict} {100 * abs(pair.mean):.1f} points of F1 ({interval}, {p}{holm})")
    return lines


def outcome_lines(result: Answers) -> list[str]:
    """Return how replies ended and what became of their mentions, with warnings."""
    outcomes = result.outcomes
    ends = ", ".join(f"{name} {count}" for name, count in outcomes.statuses.items())
    problems = ", ".join(f"{name} {count}" for name, count in outcomes.problems.items())
    ledger = ", ".join(f"{name} {count}" for name, count in outcomes.ledger.items()) or "none"
    lines = [
        f"{number(sum(outcomes.statuses.values()), 'reply', 'replies')}: {ends}; empty {outcomes.empty}"
        + (f"; problems: {problems}" if problems else ""),
        f"{number(sum(outcomes.ledger.values()), 'mention')}: {ledger}",
    ]
    failed = outcomes.statuses["failed"] / max(1, sum(outcomes.statuses.values()))
    max_failed = result.asked.candidate.params.clean.max_failed
    if failed > max_failed:
        lines.append(f"warning: {failed:.0%} failed; stage clean stops above clean.max_failed ({max_failed:g})")
    if outcomes.ledger.get("unknown_type", 0) > sum(outcomes.ledger.values()) / 2:
        lines.append("warning: most mentions have a type that params.yaml does not have; is the prompt for these?")
    return lines


def cost_lines(result: Answers) -> list[str]:
    """Return what was paid, and what all sentences would cost."""
    asked, all_sentences = result.asked, result.cost_of_all
    priced = asked.plan.endpoint.annotator.price is not None
    paid = f", ${asked.paid_usd:.4f} paid" if asked.asked and priced else ""
    count = len({request.key for request in asked.plan.requests})
    replies = number(asked.asked, "reply", "replies")
    lines = [f"{replies} asked for{paid}, {count - asked.asked:,} from the store"]
    missing = f"{all_sentences.requests:,} {'is' if all_sentences.requests == 1 else 'are'} not"
    stored = f"{number(all_sentences.stored, 'reply is', 'replies are')} stored, {missing}"
    if all_sentences.usd is None:
        cost = f"what these would cost is not known: {all_sentences.why}"
    else:
        cost = f"these would cost about ${all_sentences.usd:.4f}" if all_sentences.requests else "nothing to pay"
    sets = "target and related" if asked.candidate.params.annotate.gold_size is None else "target, related and gold"
    return [*lines, f"all {sets} sentences: {stored}; {cost}"]


def _limits(pilot: Pilot) -> list[str]:
    gold = pilot.gold
    lines = [f"the sentences are {' and '.join(map(str, gold.parts))}, those that no prompt shows"]
    if any(result.scores.interval is not None for result in pilot.results):
        lines[0] += "; an interval says what other such sentences would give, not other texts, nor the LLM asked again"
    if len(gold.sentences) < FEW:
        lines.append(_few(gold))
    return lines


def _few(gold: Gold) -> str:
    more = "raise -n" if gold.available > len(gold.sentences) else "label more"
    return (
        f"warning: few sentences ({len(gold.sentences)}) show whether the prompt is understood, hardly how good it is; "
        f"{more}"
    )


def _show_worst(console: Console, result: CandidateResult) -> None:
    """Print the sentences with the most errors: the spans that differ, gold beside what was read, and the reply."""
    sentences = worst(result.sentences, _WORST)
    if not sentences:
        console.print(f"\n{result.name}: no sentence with an error")
        return
    title = "the worst sentence" if len(sentences) == 1 else f"the {len(sentences)} worst sentences"
    console.print(f"\n{result.name}: {title}")
    for place, read_sentence in enumerate(sentences, 1):
        console.print(_worst_title(place, read_sentence))
        differing = _differing(read_sentence)
        if differing.row_count:
            console.print(differing)
        for reply in read_sentence.replies:
            console.print(Text("reply: ", "dim").append(_shortened(reply["reply"]), ""))


def _worst_title(place: int, read_sentence: ReadSentence) -> Text:
    right = len(read_sentence.gold) - len(read_sentence.missed)
    counts = f"{len(read_sentence.missed)} missed, {len(read_sentence.wrong)} wrong, {right} right"
    problems = ", ".join(problem for annotation in read_sentence.annotations for problem in annotation["problems"])
    status = f"; {'failed' if read_sentence.failed else 'repaired'}: {problems}" if problems else ""
    title = Text(f"\n{place}. {read_sentence.sentence['id']}: {counts}{status}\n", "bold")
    return title.append(text_of(read_sentence.sentence), "not bold")


def _differing(read_sentence: ReadSentence) -> Table:
    """Return a row for each place where gold and reply differ, with the type that either gives it."""
    gold, spans = _by_place(read_sentence.missed), _by_place(read_sentence.wrong)
    table = Table("", "gold", "reply", box=None, padding=(0, 2, 0, 2), pad_edge=True)
    for start, end in sorted({*gold, *spans}):
        text = text_of_words(read_sentence.sentence, start, end)
        table.add_row(text, gold.get((start, end), "-"), spans.get((start, end), "-"))
    return table


def _by_place(spans: Sequence[Span]) -> dict[tuple[int, int], str]:
    return {(start, end): label for start, end, label in spans}


def _shortened(reply: str) -> str:
    text = " ".join(reply.split()) or "(empty)"
    return text if len(text) <= _REPLY_LENGTH else f"{text[:_REPLY_LENGTH]} ... ({len(text)} characters)"
