"""Which format is written."""

import re
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.predict.output_format import output_format


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (None, "jsonl"),
        ("out.jsonl", "jsonl"),
        ("out", "jsonl"),
        ("out.txt", "jsonl"),
        ("out.jsonl.gz", "jsonl"),
        ("out.conll", "conll"),
        ("out.BIO", "conll"),
        ("out.csv.gz", "csv"),
        ("out.tsv", "tsv"),
        ("out.html", "html"),
    ],
)
def test_the_ending_tells_the_format(target: str | None, expected: str) -> None:
    path = None if target is None else Path(target)
    assert output_format(None, path) == expected
    assert output_format("conll", path) == "conll"


@pytest.mark.parametrize(
    ("name", "target", "message"),
    [
        ("xml", "out", "--format xml: expected one of jsonl, conll, csv, tsv, brat, html, view"),
        ("brat", None, "--format brat: writes a folder; name it: -o FOLDER"),
        (None, ".", "is a folder; name a file in it, or say --format brat"),
        (None, "out.parquet", ".parquet is not written; say --format"),
        (None, "a.ann", "say --format brat -o FOLDER"),
    ],
)
def test_what_can_not_be_written_is_said(name: str | None, target: str | None, message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        output_format(name, None if target is None else Path(target))
