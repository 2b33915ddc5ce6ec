"""How a table looks in each format, to the letter."""

import csv

import pytest

from tinyner.compare import render
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


def test_text() -> None:
    assert render.text([TABLE, OTHER]) == (
        "Table 2: F1 & more\n"
        "\n"
        "               fixed lr\n"
        " group               F1   paper   seeds\n"
        " ──────────────────────────────────────\n"
        " A_1     0.819 ± 0.005*   0.850       2\n"
        "\n"
        " B|2              0.700       -       1\n"
        " C                    -   0.713       -\n"
        "\n"
        "100 % of it.\n"
        "\n"
        "Other\n"
        "\n"
        " group        p\n"
        " ──────────────\n"
        " A_1     0.0001\n"
        "\n"
    )


def test_on_a_terminal_the_best_is_bold() -> None:
    shown = render.text([TABLE], terminal=True)
    assert "\x1b[1m0.819 ± 0.005\x1b[0m" in shown
    assert "*" not in shown


def test_a_wide_table_is_told_in_several() -> None:
    lines = render.text([TABLE], width=35).splitlines()
    assert [line.split()[0] for line in lines if "A_1" in line] == ["A_1", "A_1"]
    assert max(map(len, lines)) <= 35
    assert render.text([TABLE], width=35).count("100 % of it.") == 1


def test_markdown() -> None:
    assert render.markdown([TABLE, OTHER]) == (
        "**Table 2: F1 & more**\n"
        "\n"
        "| group |       fixed lr F1 | fixed lr paper | seeds |\n"
        "| ----- | ----------------: | -------------: | ----: |\n"
        "| A_1   | **0.819 ± 0.005** |          0.850 |     2 |\n"
        "| B\\|2  |             0.700 |                |     1 |\n"
        "| C     |                   |          0.713 |       |\n"
        "\n"
        "100 % of it.\n"
        "\n"
        "**Other**\n"
        "\n"
        "| group |      p |\n"
        "| ----- | -----: |\n"
        "| A_1   | 0.0001 |\n"
    )


def test_latex() -> None:
    assert render.latex([TABLE]) == (
        "% Table 2: F1 & more\n"
        "\\begin{tabular}{lrrr}\n"
        "\\hline\n"
        "group & fixed lr F1 & fixed lr paper & seeds \\\\\n"
        "\\hline\n"
        "A\\_1 & \\textbf{0.819 $\\pm$ 0.005} & 0.850 & 2 \\\\\n"
        "\\hline\n"
        "B|2 & 0.700 &  & 1 \\\\\n"
        "C &  & 0.713 &  \\\\\n"
        "\\hline\n"
        "\\end{tabular}\n"
        "% 100 % of it.\n"
    )


def test_csv_has_raw_numbers() -> None:
    assert render.comma_separated([TABLE]) == (
        "group,fixed_lr_f1,fixed_lr_f1_std,fixed_lr_paper,seeds\nA_1,0.81894,0.00519,0.85,2\nB|2,0.7,,,1\nC,,,0.713,\n"
    )


def test_several_tables_are_one_csv() -> None:
    rows = list(csv.DictReader(render.comma_separated([TABLE, OTHER]).splitlines()))
    assert list(rows[0]) == ["table", "group", "fixed_lr_f1", "fixed_lr_f1_std", "fixed_lr_paper", "seeds", "p"]
    assert rows[3] == {**dict.fromkeys(rows[0], ""), "table": "Other", "group": "A_1", "p": "0.00012"}


def test_no_column_of_csv_is_lost_to_another() -> None:
    types = ("人名", "地名", "RUN", "run", "table", "F1", "F1 std")
    columns = (Column("run"), Column("F1", spread=True), *(Column(name, spread=True) for name in types))
    scores = (Score(number / 10, 0.01) for number in range(len(types) + 1))
    table = Table("types", columns, (("mine", *scores),))
    for tables in ([table], [table, OTHER]):
        header, row = list(csv.reader(render.comma_separated(tables).splitlines()))[:2]
        assert len(header) == len(set(header))
        assert dict(zip(header, row, strict=True)) | {"run": "mine", "人名": "0.1", "地名": "0.2", "f1": "0.0"} == dict(
            zip(header, row, strict=True)
        )
        assert [cell for cell in row if cell.startswith("0.") and cell != "0.01"] == [f"0.{n}" for n in range(8)]


def test_a_field_of_csv_may_have_a_name_of_its_own() -> None:
    scores = Table("", (Column("run"), Column("P", spread=True)), (("a", Score(0.5, 0.1)),))
    proof = Table("", (Column("run"), Column("p", field="p_value")), (("a", 0.04),))
    (first, second) = csv.DictReader(render.comma_separated([scores, proof]).splitlines())
    assert (first["p"], first["p_value"]) == ("0.5", "")
    assert (second["p"], second["p_value"]) == ("", "0.04")
    assert render.text([proof]).split()[:2] == ["run", "p"]


@pytest.mark.parametrize("along", ["column", "row"])
def test_alike_none_is_best(along: str) -> None:
    cells = (("x", Score(0.5), Score(0.5)), ("y", Score(0.5), Score(0.5)))
    table = Table("", (Column(""), Column("a"), Column("b")), cells)
    assert with_best(table, along).rows == cells  # type: ignore[arg-type]


def test_the_best_of_a_row() -> None:
    table = Table("", (Column(""), Column("a"), Column("b")), (("x", Score(0.5), Score(0.6)), ("y", Score(0.4), None)))
    assert [[getattr(cell, "best", None) for cell in row[1:]] for row in with_best(table, "row").rows] == [
        [False, True],
        [False, None],
    ]
