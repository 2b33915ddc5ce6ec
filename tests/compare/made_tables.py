"""Tables made up for the tests of how they are rendered."""

from tinyner.compare.table import Column, Score, Table, with_best

TABLE = with_best(
    Table(
        "Table 2: F1 & more",
        (Column("group"), Column("F1", "fixed lr", spread=True), Column("paper", "fixed lr"), Column("seeds")),
        (("A_1", Score(0.81894, 0.00519), 0.85, 2), ("B|2", Score(0.7, None), None, 1), ("C", None, 0.713, None)),
        ("100 % of it.",),
        frozenset({0}),
    )
)
OTHER = Table("Other", (Column("group"), Column("p", digits=4)), (("A_1", 0.00012),))
