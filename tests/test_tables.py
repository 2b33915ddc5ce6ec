import pytest

from tinyner.scores import MEASURES
from tinyner.tables import show_rows, show_scores


def test_a_table_is_80_columns_wide_at_most(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    spreads = {f"{measure}_std": 0.1234 for measure in MEASURES}
    rows = [{"of": "weighted", "support": 5648, **dict.fromkeys(MEASURES, 0.9876), **spreads}]
    show_scores("Scores", rows)
    text = capsys.readouterr().out
    assert "0.988 ± 0.123" in text
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_last_measure_may_have_another_name(capsys: pytest.CaptureFixture[str]) -> None:
    show_scores("Scores", [{"of": "LOC", "support": 3, **dict.fromkeys(MEASURES, 0.5)}], f1="agreement")
    printed = capsys.readouterr().out
    assert "agreement" in printed
    assert "F1" not in printed


@pytest.mark.parametrize(
    ("predicted", "notes"),
    [
        ([], []),
        ([{"LOC"}], ["LOC: counts it", "ORG: leaves it out"]),
        ([{"LOC"}, {"LOC", "ORG"}], ["LOC: counts it", "ORG: counts it for the 1 of 2 seeds that predict it"]),
        ([set()], ["LOC, ORG: leaves it out"]),
    ],
)
def test_a_type_without_an_entity_is_said_to_count_or_not(
    predicted: list[set[str]], notes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As scores.strict does it, which tests/test_scores.py shows."""
    support = {"micro": 3, "macro": 3, "weighted": 3, "PER": 3, "LOC": 0, "ORG": 0}
    rows = [{"of": name, "support": count, **dict.fromkeys(MEASURES, 0.5)} for name, count in support.items()]
    show_scores("Scores", rows, predicted=predicted)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("no entity")]
    found = {}
    for line in lines:
        names, _, rest = line.removeprefix("no entity of ").partition(
            " to find, so the score there can only be 0; macro "
        )
        found[names] = rest.removesuffix(", as seqeval does")
    assert sorted(f"{names}: {does}" for names, does in found.items()) == notes


def test_a_score_without_a_spread_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    show_scores("Scores", [{"of": "LOC", "support": 3, **dict.fromkeys(MEASURES, 0.5), "f1_std": None}])
    assert "±" not in capsys.readouterr().out


def test_rows_of_figures_have_their_keys_as_headers(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows("Shares", [{"share": 0.5, "spans": 3}, {"share": 1.0, "spans": 12}])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Shares"
    assert [line.strip("│┃ ").replace("│", " ").replace("┃", " ").split() for line in (lines[2], *lines[4:6])] == [
        ["share", "spans"],
        ["0.500", "3"],
        ["1.000", "12"],
    ]
