"""Which values of a table are the best."""

import pytest

from tinyner.compare.table import Column, Score, Table, with_best


@pytest.mark.parametrize("along", ["column", "row"])
def test_alike_none_is_best(along: str) -> None:
    values = (("x", Score(0.5), Score(0.5)), ("y", Score(0.5), Score(0.5)))
    table = Table("", (Column(""), Column("a"), Column("b")), values)
    assert with_best(table, along).rows == values  # type: ignore[arg-type]


def test_the_best_of_a_row() -> None:
    table = Table("", (Column(""), Column("a"), Column("b")), (("x", Score(0.5), Score(0.6)), ("y", Score(0.4), None)))
    assert [[getattr(value, "best", None) for value in row[1:]] for row in with_best(table, "row").rows] == [
        [False, True],
        [False, None],
    ]
