"""Read a data set of the Hugging Face hub, or a folder that ``datasets`` reads: ``prepare.corpus: hf:...``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tinyner.corpus_files import json_sentences, user_files
from tinyner.corpus_files.labelled_row import named
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.corpus_files.reading import Reading
from tinyner.errors import UserError
from tinyner.rows import Sentence

# The names of each split, in the order in which they are looked for.
_SPLITS = {"train": ("train",), "valid": ("validation", "valid", "dev"), "test": ("test",)}


def read(name: str, reading: Reading) -> tuple[dict[str, Sequence[Sentence]], list[str]]:
    """Return the sentences of each split that NAME[:CONFIG][@REVISION] of the hub, or a folder, has.

    The second value is what the data set itself calls its splits.

    Raises:
        UserError: if it can't be loaded, lacks columns, or a row is not as expected, naming the row.
    """
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
    splits = {}
    for split, names in _SPLITS.items():
        dataset_split = next((key for key in names if key in loaded), None)
        if dataset_split is not None:
            splits[split] = _split(f"hf:{name} {dataset_split}", name, loaded[dataset_split], split, reading)
    return splits, list(loaded)


def _split(file: str, name: str, rows: Any, split: str, reading: Reading) -> Sequence[Sentence]:
    words_key = next((key for key in ("tokens", "words") if key in rows.features), None)
    tags_key = next((key for key in ("ner_tags", "tags") if key in rows.features), None)
    if words_key is None and "text" in rows.features:
        raw = json_sentences.of_json(((f"{file} row {index}", row) for index, row in enumerate(rows)), file, reading)
        return user_files.checked_labels(raw, file, f"own-{split}", reading)
    if words_key is None or tags_key is None:
        columns = ", ".join(rows.features)
        raise UserError(
            f"hf:{name}: expected columns tokens and ner_tags (or words and tags, or text and spans), found {columns}"
        )
    class_names = getattr(getattr(rows.features[tags_key], "feature", None), "names", None)
    raw = []
    for index, row in enumerate(rows):
        words, tags, where = row[words_key], row[tags_key], f"{file} row {index}"
        if not words and not tags:
            continue  # several copies on the hub have an empty row for each document
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise UserError(f"{where}: expected words, a list of texts, found {str(words)[:40]}")
        if not isinstance(tags, list) or len(tags) != len(words):
            raise UserError(f"{where}: expected {len(words)} tags, one a word, found {str(tags)[:40]}")
        raw.append(RawSentence(words, where, tags=_names(tags, class_names, reading.tag_names, where)))
    return user_files.checked_labels(raw, file, f"conll-{split}", reading)


def _names(tags: list[Any], class_names: list[str] | None, tag_names: Sequence[str] | None, where: str) -> list[str]:
    """Return tags as text: those that are numbers by the names of their classes, or by ``prepare.tag_names``."""
    if class_names is None:
        return named(tags, tag_names, where)
    if not all(isinstance(tag, int) and 0 <= tag < len(class_names) for tag in tags):
        raise UserError(f"{where}: expected labels of {len(class_names)} classes, found {str(tags)[:40]}")
    return [class_names[tag] for tag in tags]
