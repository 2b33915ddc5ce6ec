"""The diagram draws each count that it is given."""

import html
import re

from tinyner.report.reply_flow import LABELLED, UNLABELLED, UNSPLIT, Flow
from tinyner.report.sankey import figure

OUTCOMES = {"exact": {LABELLED: 7}, "repeated": {LABELLED: 1, UNLABELLED: 1}, "not_in_sentence": {UNLABELLED: 3}}


def flow(mentions: dict[str, int]) -> Flow:
    return Flow({"ok": 5, "repaired": 2, "failed": 1}, mentions, OUTCOMES, {"cut": 1}, 9)


def bands(drawing: str) -> list[str]:
    return re.findall(r'<path class="link (\w+)"', drawing)


def test_there_is_a_band_for_each_count() -> None:
    drawing = figure("a <teacher>", flow({"ok": 9, "repaired": 3, "failed": 0}))
    assert bands(drawing) == [
        *("good", "middling", "bad"),  # replies to how they were read
        *("good", "middling"),  # to mentions
        *("good", "good", "middling", "good", "bad", "bad", "bad"),  # to outcomes, and from each to its ends
    ]
    labels = [html.unescape(text) for text in re.findall(r'class="flow-label"[^>]*>([^<]*)<', drawing)]
    assert labels[1:4] == ["read as it stands 5", "repaired 2", "failed 1"]
    assert labels[-2:] == ["labelled 8", "not labelled 4"]
    assert "a &lt;teacher&gt;: 8 replies, 1 of which could not be read, named 12 mentions; 8 of these" in drawing


def test_mentions_of_unknown_replies_are_shared_by_those_that_could_be_read() -> None:
    drawing = figure("teacher", flow({UNSPLIT: 12}))
    assert bands(drawing)[3:5] == ["plain", "plain"]
