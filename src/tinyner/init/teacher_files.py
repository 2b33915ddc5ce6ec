"""Labels that are there already, as files of ``--labels``: each makes an annotator, whose answers its rows are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from tinyner import fetch
from tinyner.annotate.asked_sentences import AskedSentences, PreparedSets, asked_sentences
from tinyner.annotate.templates import Shot
from tinyner.errors import UserError
from tinyner.init import readers
from tinyner.init.file_names import safe_name, stem_of
from tinyner.init.options import Options
from tinyner.init.project import OWN, inside
from tinyner.init.readers import UserFile
from tinyner.params import Annotator, Params

FOLDER = OWN / "labels"
"""Where they are copied to, so that none is called as a split is."""


@dataclass(frozen=True)
class TeacherFile:
    """A file of ``--labels``: the name of its annotator, where it is, and its path in the project."""

    annotator: str
    source: str
    path: Path

    @property
    def is_in_place(self) -> bool:
        """Whether it lies in data/own, and stays there."""
        return _in_own(self.source) == self.path


def teacher_files(sources: Sequence[str], annotators: Mapping[str, Annotator]) -> list[TeacherFile]:
    """Return the files of ``--labels``.

    Args:
        sources: paths or URLs.
        annotators: that params.yaml has; an LLM among them keeps its name for itself.

    Raises:
        UserError: if one stands twice, or lies in data/own as a split, whose labels are those of people.
    """
    files: list[TeacherFile] = []
    for source in sources:
        if any(is_same(source, file.source) for file in files):
            raise UserError(f"init: --labels stands twice, with {source!r} both times; leave one of them out")
        place = _in_own(source)
        if place is not None and place.parent == OWN and readers.is_named_as_a_split(place.name):
            raise UserError(
                f"init: --labels {source}: is called as a split is, whose labels are those of people; call it "
                f"{OWN}/labels{place.suffix}"
            )
        if place is not None and not _is_utf_8(place):
            place = None  # its copy is
        base_name = UserFile(Path(), fetch.address(source)).base_name
        taken = {name for name, annotator in annotators.items() if not annotator.label_files}
        taken |= {file.annotator for file in files}
        stem = stem_of(base_name) or "labels"
        names = (stem, f"{stem}-labels", *(f"{stem}-labels-{count}" for count in range(2, len(taken) + 3)))
        name = next(name for name in names if name not in taken)
        endings = "".join(PurePosixPath(safe_name(base_name)).suffixes)
        files.append(TeacherFile(name, source, place or FOLDER / f"{name}{endings}"))
    return files


def with_their_annotators(options: Options, files: Sequence[TeacherFile]) -> Options:
    """Return the options with what the files of ``--labels`` say of params.yaml, and of the sentences if need be.

    An annotator that is named beside them votes with them. Without ``--sentences``, those of the first file are taken.

    Raises:
        UserError: where this annotator has the name of a file.
    """
    if not files:
        return options
    beside = options.changes.get("annotate.annotator")
    names = [file.annotator for file in files] + ([beside] if beside is not None else [])
    if beside in names[:-1]:
        raise UserError(f"init: --annotator {beside} is what the file of --labels is called; leave it out")
    said = {f"annotate.annotators.{file.annotator}": _annotator(file) for file in files}
    changes = {**said, **options.changes, "annotate.annotator": names if len(names) > 1 else names[0]}
    return replace(options, sentences=options.sentences or files[0].source, changes=changes)


def _annotator(file: TeacherFile) -> dict[str, object]:
    """Return an entry of ``annotate.annotators``."""
    return {
        "online": False,
        "model": file.annotator,
        "sampling": {},
        "base_url": None,
        "api_key_env": None,
        "timeout": 60,
        "concurrency": 1,
        "requests_per_minute": None,
        "tokens_per_minute": None,
        "price": None,
        "tokenizer": None,
        "labels": str(file.path),
    }


def asked_of(params: Params, sets: PreparedSets, shots: Sequence[Shot], copies: Mapping[Path, Path]) -> AskedSentences:
    """Return the sentences that annotators are asked for, before the files of labels are in their place.

    Args:
        params: that name the files by their place in the project.
        sets: that the sentences are taken from.
        shots: the examples.
        copies: by this place, the file that will be copied there.

    Raises:
        UserError: as ``asked_sentences``.
    """
    places = {str(path): str(source) for path, source in copies.items()}
    annotators = {
        name: annotator.model_copy(update={"labels": [places.get(file, file) for file in annotator.label_files]})
        if annotator.label_files
        else annotator
        for name, annotator in params.annotate.annotators.items()
    }
    there = params.model_copy(update={"annotate": params.annotate.model_copy(update={"annotators": annotators})})
    found = asked_sentences(there, sets, shots)
    by_name = params.annotate.annotators
    labels = [
        replace(of_files, files=[fetch.address(file) for file in by_name[of_files.name].label_files])
        for of_files in found.labels
    ]
    return replace(found, labels=labels)


def is_same(source: str, other: str) -> bool:
    """Return whether two paths or URLs lead to the same file, however they are written.

    >>> is_same("a.csv", "./b/../a.csv"), is_same("a.csv#sha256=00", "a.csv"), is_same("a.csv", "b.csv")
    (True, True, False)
    """
    return _place(source) == _place(other)


def _place(source: str) -> str | Path:
    address = fetch.address(source)
    return address if fetch.is_url(address) else fetch.local(address).resolve()


def _in_own(source: str) -> Path | None:
    """Return the path in data/own of a file there, None of another one."""
    if fetch.is_url(source):
        return None
    path = inside(fetch.local(fetch.address(source)))
    return path if path is not None and OWN in path.parents else None


def _is_utf_8(path: Path) -> bool:
    try:
        path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return path.suffix == ".gz"  # its readers say what is wrong with it
    return True
