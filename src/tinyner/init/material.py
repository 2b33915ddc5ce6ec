"""What a project is made of: the gold splits, the sentences for the LLM, the examples; from the user's files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tinyner.annotate.templates import Shot
from tinyner.errors import UserError
from tinyner.files import line_of
from tinyner.init import choices, examples, findings, readers
from tinyner.init.findings import number
from tinyner.init.look import Gold, Look
from tinyner.init.options import Options
from tinyner.init.project import OWN, inside
from tinyner.init.readers import SPLITS, Content
from tinyner.init.scheme import Scheme
from tinyner.init.splitting import split, units_of
from tinyner.rows import Sentence

Splits = Mapping[str, Sequence[Sentence]]


@dataclass
class Material:
    """The sets and the examples of a project.

    Attributes:
        scheme: the types.
        name: of the examples' file in prompts/.
        splits: the labelled sentences; a split that there is not is left out.
        target: the sentences for the LLM.
        target_path: their file in data/own.
        shots: the few-shot examples.
        splits_texts: whether a text of several sentences is read as so many.
        data: all files in data/own, the sentences for the LLM first.
        files: the bytes of those that are to be written.
        reasons: what was decided, each line with a word for what it is about.
    """

    scheme: Scheme
    name: str
    splits: Splits
    target: Sequence[Sentence]
    target_path: Path
    shots: Sequence[Shot]
    splits_texts: bool = False
    data: list[Path] = field(default_factory=list)
    files: dict[Path, bytes] = field(default_factory=dict)
    reasons: list[tuple[str, str]] = field(default_factory=list)


def of_files(look: Look, options: Options, seed: int) -> Material:
    """Return what the user's files give.

    Raises:
        UserError: where the options and the files do not go together.
    """
    reasons = list(_texts_reasons(look))
    splits, files, data = _gold(look.gold, options, seed, reasons)
    target, path, content = _target(look.target, splits, reasons)
    if content is not None:
        files[path] = content
    train, others = splits.get("train", []), [*splits.get("test", ()), *splits.get("valid", ())]
    common = {sentence["id"] for sentence in findings.in_both(train, others)}
    if common:
        reasons.append(
            ("examples", f"none of the {number(len(common), 'sentence')} of train that stand in test or valid")
        )
    shots = examples.choose([row for row in train if row["id"] not in common], look.scheme.types)
    name = options.name or _name_of(look.target)
    return Material(
        look.scheme, name, splits, target, path, shots, look.splits_texts, [path, *data], files, reasons=reasons
    )


def rows(sentences: Sequence[Sentence]) -> bytes:
    """Return sentences as JSON lines."""
    return b"".join(map(line_of, sentences))


def sizes_of(splits: Splits) -> str:
    """Return the sizes of splits in words."""
    return ", ".join(f"{name} {len(sentences):,}" for name, sentences in splits.items())


def _texts_reasons(look: Look) -> list[tuple[str, str]]:
    does = "each sentence is a row by itself (--no-split-texts leaves texts whole)"
    does_not = "they stay whole (--split-texts makes a row of each sentence)"
    return [
        (
            "texts",
            f"{count:,} of {texts:,} in {Path(name).name} have several sentences; "
            f"{does if look.splits_texts else does_not}",
        )
        for name, (texts, count) in look.several.items()
        if count
    ]


def _gold(
    gold: Gold | None, options: Options, seed: int, reasons: list[tuple[str, str]]
) -> tuple[dict[str, list[Sentence]], dict[Path, bytes], list[Path]]:
    """Return the splits, the files to write for them, and the files in data/own that hold them."""
    if gold is None:
        return {}, {}, []
    if "" in gold.contents:
        splits = _split(gold, gold.contents[""], options, seed, reasons)
    else:
        splits = {name: content.sentences for name, content in gold.contents.items()}
        reasons.append(("split", f"{sizes_of(splits)}, as {options.gold} has them"))
    if gold.folder is not None and gold.folder.resolve() == OWN.resolve():
        return splits, {}, [OWN / content.file.base_name for content in gold.contents.values()]
    files = {OWN / f"{name}.jsonl": rows(sentences) for name, sentences in splits.items()}
    return splits, files, list(files)


def _split(
    gold: Gold, content: Content, options: Options, seed: int, reasons: list[tuple[str, str]]
) -> dict[str, list[Sentence]]:
    """Return the splits of a file; one that would be empty is left out.

    Raises:
        UserError: where the sizes that the user wants are more than there is, or documents are too large for them.
    """
    sentences, count = content.sentences, len(content.sentences)
    test = choices.at(choices.TEST_OF_GOLD, count) if options.test is None else options.test
    valid = choices.at(choices.VALID_OF_GOLD, count) if options.valid is None else options.valid
    if test + valid > count:
        raise UserError(f"init: --test {test} and --valid {valid} are more than the {count} labelled sentences")
    sizes = {"train": count - test - valid, "valid": valid, "test": test}
    units = units_of(sentences, content.documents)
    types = [sorted(findings.entity_counts([sentence])) for sentence in sentences]
    indices = split(units, types, sizes, seed)
    empty = [name for name, size in sizes.items() if size and not indices[name]]
    if empty:
        raise UserError(
            f"{content.file.name}: its {number(len(units), 'document')} can't be split, {' and '.join(empty)} would be "
            "empty; give a folder with train, valid and test, or --document KEY, the key or column that names documents"
        )
    splits = {name: [sentences[index] for index in indices[name]] for name in SPLITS if indices[name]}
    together = "; what is of one document, or has the same text, is in one of them" if len(units) < count else ""
    reasons.append(("split", f"{sizes_of(splits)} of the {number(count, 'labelled sentence')}{together}"))
    untrained = [name for name in gold.scheme.types if name not in findings.entity_counts(splits.get("train", []))]
    if "train" in splits and untrained:
        reasons.append(("split", f"train has no entity of {', '.join(untrained)}: there are too few"))
    return splits


def _target(
    content: Content, splits: Splits, reasons: list[tuple[str, str]]
) -> tuple[list[Sentence], Path, bytes | None]:
    """Return the sentences for the LLM, their file in data/own, and its bytes, None where it lies there already.

    Raises:
        UserError: where all of them are labelled ones.
    """
    file, labelled = content.file, [sentence for sentences in splits.values() for sentence in sentences]
    common = {sentence["id"] for sentence in findings.in_both(content.sentences, labelled)}
    target = [sentence for sentence in content.sentences if sentence["id"] not in common]
    if not target:
        raise UserError(
            f"{file.name}: all its sentences are labelled ones; give sentences that the LLM is to label beside them"
        )
    stem, suffix = file.base_name.partition(".")[0] or "sentences", "".join(Path(file.base_name).suffixes)
    if common:
        path = OWN / _free_name(f"{stem}.jsonl")
        reasons.append(("sentences", f"those that are labelled are left out, so {path} has words, not texts"))
        return target, path, rows(target)
    in_place = inside(file.path)
    if in_place is not None and in_place.parent == OWN:
        if _free_name(in_place.name) != in_place.name:
            raise UserError(
                f"{file.name}: is called as labelled sentences are in {OWN}; call it {_free_name(in_place.name)}"
            )
        return target, in_place, None
    return target, OWN / _free_name(f"{stem}{suffix}"), file.path.read_bytes()


def _free_name(name: str) -> str:
    """Return a name that no file of a split may have.

    >>> _free_name("notes.csv"), _free_name("train.csv")
    ('notes.csv', 'sentences.csv')
    """
    if any(readers.is_named(name, split) for split in SPLITS):
        return "sentences" + "".join(Path(name).suffixes)
    return name


def _name_of(content: Content) -> str:
    """Return the name of the examples' file: the sentences' file's, without signs that params.yaml does not allow."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", content.file.base_name.partition(".")[0]).strip("-._")
    return stem or "mine"
