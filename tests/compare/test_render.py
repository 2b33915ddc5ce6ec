"""How a table looks in Markdown, LaTeX and CSV, to the letter."""

import csv

from tests.compare.made_tables import OTHER, TABLE
from tinyner.compare import render
from tinyner.compare.table import Column, Score, Table


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
        assert [value for value in row if value.startswith("0.") and value != "0.01"] == [f"0.{n}" for n in range(8)]


def test_a_field_of_csv_may_have_a_name_of_its_own() -> None:
    scores = Table("", (Column("run"), Column("P", spread=True)), (("a", Score(0.5, 0.1)),))
    p_values = Table("", (Column("run"), Column("p", field="p_value")), (("a", 0.04),))
    (first, second) = csv.DictReader(render.comma_separated([scores, p_values]).splitlines())
    assert (first["p"], first["p_value"]) == ("0.5", "")
    assert (second["p"], second["p_value"]) == ("", "0.04")
    assert render.latex([p_values]).splitlines()[3] == r"run & p \\"
