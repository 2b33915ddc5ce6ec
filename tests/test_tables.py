import pytest

from tinyner.scores import MEASURES
from tinyner.tables import show_scores


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


def test_a_score_without_a_spread_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    show_scores("Scores", [{"of": "LOC", "support": 3, **dict.fromkeys(MEASURES, 0.5), "f1_std": None}])
    assert "±" not in capsys.readouterr().out
