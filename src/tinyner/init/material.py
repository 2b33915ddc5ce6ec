"""What a project is made of: the gold splits, the sentences for the LLM, the examples; from the user's files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tinyner import fetch
from tinyner.annotate.templates import Shot
from tinyner.errors import UserError, listed
from tinyner.files import line_of
from tinyner.init import examples, findings, sizes
from tinyner.init.file_names import free_name, safe_name, stem_of
from tinyner.init.ignoring import is_text
from tinyner.init.look import Gold, Look
from tinyner.init.options import Options
from tinyner.init.project import OWN, inside
from tinyner.init.readers import SPLITS, Content
from tinyner.init.scheme import Scheme
from tinyner.init.splitting import split, units_of
from tinyner.init.teacher_files import TeacherFile, is_same
from tinyner.plurals import number
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
        copies: of a teacher's labels, by their place in data/own, the files that are copied there.
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
    copies: dict[Path, Path] = field(default_factory=dict)
    reasons: list[tuple[str, str]] = field(default_factory=list)


def of_files(look: Look, options: Options, seed: int, teachers: Sequence[TeacherFile] = ()) -> Material:
    """Return what the user's files give.

    Args:
        look: at the files.
        options: of the user.
        seed: of the split.
        teachers: the files with a teacher's labels, in the order of ``look.labels``.

    Raises:
        UserError: where the options and the files do not go together.
    """
    reasons = list(_texts_reasons(look))
    splits, files, data = _gold(look.gold, options, seed, reasons)
    contents = [look.target, *(look.gold.contents.values() if look.gold else ())]
    sources = [fetch.local(content.file.name) for content in contents if not fetch.is_url(content.file.name)]
    of_teacher = any(is_same(options.sentences, file.source) for file in teachers)
    target, path, content = _target(look.target, splits, sources, reasons, of_teacher=of_teacher)
    if content is not None:
        files[path] = content
    copies = {
        teacher.path: file.path
        for teacher, file in zip(teachers, look.labels, strict=True)
        if not (teacher.is_in_place and inside(file.path) == teacher.path)
    }
    files |= {place: source.read_bytes() for place, source in copies.items()}
    train, others = splits.get("train", []), [*splits.get("test", ()), *splits.get("valid", ())]
    common = {sentence["id"] for sentence in findings.in_both(train, others)}
    if common:
        reasons.append(
            ("examples", f"none of the {number(len(common), 'sentence')} of train that stand in test or valid")
        )
    shots = examples.choose([row for row in train if row["id"] not in common], look.scheme.types)
    name = options.name or _name_of(look.target)
    data = [path, *data, *(teacher.path for teacher in teachers)]
    return Material(
        look.scheme, name, splits, target, path, shots, look.splits_texts, data, files, copies, reasons=reasons
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
        splits = {name: list(content.sentences) for name, content in gold.contents.items()}
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
    test, valid = sizes.of_gold(count, options.test, options.valid)
    split_sizes = {"train": count - test - valid, "valid": valid, "test": test}
    units = units_of(sentences, content.documents)
    types = [sorted(findings.entity_counts([sentence])) for sentence in sentences]
    indices = split(units, types, split_sizes, seed)
    empty = [name for name, size in split_sizes.items() if size and not indices[name]]
    if empty:
        raise UserError(f"{content.file.name}: {_unsplit(content, len(units))}, so {listed(empty)} would be empty")
    splits = {name: [sentences[index] for index in indices[name]] for name in SPLITS if indices[name]}
    together = "; what is of one document, or has the same text, is in one of them" if len(units) < count else ""
    reasons.append(("split", f"{sizes_of(splits)} of the {number(count, 'labelled sentence')}{together}"))
    untrained = [name for name in gold.scheme.types if name not in findings.entity_counts(splits.get("train", []))]
    if "train" in splits and untrained:
        reasons.append(("split", f"train has no entity of {', '.join(untrained)}: there are too few"))
    return splits


def _unsplit(content: Content, units: int) -> str:
    """Return why labelled sentences can't be split into as many sets as there are to be, and what to do."""
    count, documents = len(content.sentences), len(set(content.documents))
    cure = "or give a folder with train, valid and test"
    if documents < count:
        return (
            f"its {number(count, 'labelled sentence')} are of {number(documents, 'document')}, which are not parted "
            f"(--document none parts them; --document KEY names another key or column; {cure})"
        )
    return (
        f"its {number(count, 'labelled sentence')} have {number(units, 'text')} only, and what has the same text stays "
        f"together (label other texts, {cure})"
    )


def _target(
    content: Content, splits: Splits, sources: Sequence[Path], reasons: list[tuple[str, str]], *, of_teacher: bool
) -> tuple[list[Sentence], Path, bytes | None]:
    """Return the sentences for the LLM, their file in data/own, and its bytes, None where it lies there already.

    None of the user's files, ``sources``, is written over. Of a file with a teacher's labels (``of_teacher``) the words
    are taken alone, as labels beside them would be those of people.

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
    in_place = inside(fetch.local(file.name))
    taken = [path.name for path in map(inside, sources) if path is not None and path.parent == OWN]
    if common or of_teacher:
        path = OWN / free_name("sentences.jsonl" if of_teacher else safe_name(file.base_name, ".jsonl"), taken)
        why = "those that are labelled are left out, so " if common else "without the labels, which are the teacher's: "
        reasons.append(("sentences", f"{why}{path} has words, not texts"))
        return target, path, rows(target)
    if in_place is not None and in_place.parent == OWN and in_place == inside(file.path):
        free = free_name(in_place.name if is_text(in_place) else safe_name(in_place.name), [])
        if free != in_place.name:
            raise UserError(f"{file.name}: is called as files of another kind are in {OWN}; call it {free}")
        return target, in_place, None
    path = OWN / free_name(safe_name(file.base_name), taken)
    if path.name != file.base_name:
        reasons.append(("sentences", f"{file.base_name!r} is called {path} in this project"))
    return target, path, file.path.read_bytes()


def _name_of(content: Content) -> str:
    """Return the name of the examples' file: the sentences' file's, without signs that params.yaml does not allow."""
    return stem_of(content.file.base_name) or "mine"
