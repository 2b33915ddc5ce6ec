"""Which format is written: by ``--format``, else by the ending of the output's name, else by what reads it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from tinyner.errors import UserError
from tinyner.predict.writers import Writer

OutputFormat = Literal["jsonl", "conll", "csv", "tsv", "brat", "html", "view"]
FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)

_BY_ENDING: dict[str, OutputFormat] = {
    **dict.fromkeys((".conll", ".iob", ".iob2", ".bio"), "conll"),
    ".csv": "csv",
    **dict.fromkeys((".tsv", ".tab"), "tsv"),
    **dict.fromkeys((".html", ".htm"), "html"),
}
_NOT_WRITTEN = (".parquet", ".arrow", ".xlsx", ".xls", ".ods", ".docx", ".pdf", ".xml", ".yaml", ".yml", ".zip")
_GZIP = ".gz"


def output_format(name: str | None, target: Path | None) -> OutputFormat:
    """Return the format: the named one, or one by the target, for a terminal ``view``; else JSON lines.

    >>> output_format(None, Path("out.CSV.gz")), output_format("conll", Path("out.csv"))
    ('csv', 'conll')

    Raises:
        UserError: where there is no such format, or the target can't have it.
    """
    chosen = next((known for known in FORMATS if known == name), None)
    if name is not None and chosen is None:
        raise UserError(f"--format {name}: expected one of {', '.join(FORMATS)}")
    if chosen == "brat" and target is None:
        raise UserError("--format brat: writes a folder; name it: -o FOLDER")
    if chosen is not None:
        return chosen
    if target is None:
        return "view" if sys.stdout is not None and sys.stdout.isatty() else "jsonl"
    if target.is_dir():
        raise UserError(f"-o {target}: is a folder; name a file in it, or say --format brat for a new folder")
    suffix = _ending(target)
    if suffix == ".ann":
        raise UserError(f"-o {target}: BRAT's files come in a folder; say --format brat -o FOLDER")
    if suffix in _NOT_WRITTEN:
        raise UserError(f"-o {target}: {suffix} is not written; say --format, one of {', '.join(FORMATS)}")
    return _BY_ENDING.get(suffix, "jsonl")


def is_packed(target: Path) -> bool:
    """Return whether a target is gzipped, by its name."""
    return target.suffix.lower() == _GZIP


def writer_of(chosen: OutputFormat, names: Sequence[str]) -> Writer:
    """Return what writes a format but BRAT's.

    Args:
        chosen: the format.
        names: of the files that are read, for a title.
    """
    # The formats are imported where they are asked for: most calls write JSON lines, and shall begin soon.
    match chosen:
        case "conll":
            from tinyner.predict.write_conll import Conll  # noqa: PLC0415

            return Conll()
        case "csv" | "tsv":
            from tinyner.predict.write_csv import Csv  # noqa: PLC0415

            return Csv("," if chosen == "csv" else "\t")
        case "html":
            from tinyner.predict.write_html import Html  # noqa: PLC0415

            return Html(_title(names), has_files=len(names) > 1)
        case "view":
            from tinyner.predict.view import View  # noqa: PLC0415

            return View()
        case _:
            from tinyner.predict.write_jsonl import JsonLines  # noqa: PLC0415

            return JsonLines()


def _ending(target: Path) -> str:
    return (target.with_suffix("") if is_packed(target) else target).suffix.lower()


def _title(names: Sequence[str]) -> str:
    """Return what was read: a name, or how many.

    >>> _title(["-"]), _title(["a/notes.txt"]), _title(["a.txt", "b.txt"])
    ('standard input', 'notes.txt', '2 files')
    """
    if len(names) > 1:
        return f"{len(names)} files"
    return "standard input" if names[0] == "-" else Path(names[0]).name
