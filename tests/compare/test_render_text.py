"""How a table looks as text, to the letter."""

from tests.compare.made_tables import OTHER, TABLE
from tinyner.compare.render_text import text
from tinyner.compare.table import Column, Score, Table, with_best


def test_plain_text() -> None:
    assert text([TABLE, OTHER]) == (
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
    printed = text([TABLE], terminal=True)
    assert "\x1b[1m0.819 ± 0.005\x1b[0m" in printed
    assert "*" not in printed


def test_a_group_of_several_lines() -> None:
    columns = (Column("run"), Column("P", "agreement with\nthe teacher"), Column("R", "agreement with\nthe teacher"))
    table = with_best(Table("", columns, (("a", Score(0.5), Score(0.5)), ("b", Score(0.6), Score(0.5)))))
    assert text([table]).splitlines()[2:5] == [
        "        agreement with",
        "           the teacher",
        " run                 P       R",
    ]


def test_a_wide_table_is_split_by_columns() -> None:
    lines = text([TABLE], width=35).splitlines()
    assert [line.split()[0] for line in lines if "A_1" in line] == ["A_1", "A_1"]
    assert max(map(len, lines)) <= 35
    assert text([TABLE], width=35).count("100 % of it.") == 1
