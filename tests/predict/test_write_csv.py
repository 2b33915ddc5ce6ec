"""CSV has a row an entity."""

import csv
import io

import pytest

from tests.predict.made import made
from tinyner.predict.labelling import Counts
from tinyner.predict.write_csv import Csv


@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_row_an_entity(separator: str) -> None:
    writer = Csv(separator)
    texts = [
        made('Tony\n"Blair", Rome', ('Tony\n"Blair"', "PER", 0.5), ("Rome", "LOC"), line=3, row={"id": "a,b"}),
        made("nobody"),
        made("half \ud83d Rome", ("Rome", "LOC"), line=2, file="b.txt", row={"id": 7}),
    ]
    content = (
        writer.begin() + writer.block(texts[:2], Counts()) + writer.block(texts[2:], Counts()) + writer.end(Counts())
    )
    assert list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator)) == [
        ["file", "line", "id", "start", "end", "label", "entity", "score"],
        ["", "3", "a,b", "0", "12", "PER", 'Tony\n"Blair"', "0.5"],
        ["", "3", "a,b", "14", "18", "LOC", "Rome", ""],
        ["b.txt", "2", "7", "7", "11", "LOC", "Rome", ""],
    ]
