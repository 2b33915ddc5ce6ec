"""The sentences of every file that params.yaml names, by the readers of stage prepare: each source by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tinyner import fetch
from tinyner.checks.findings import Findings
from tinyner.corpus_files import user_files
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.scheme_types import SchemeTypes
from tinyner.errors import UserError, listed
from tinyner.params import Params
from tinyner.plurals import number
from tinyner.prepare import corpus, related, unused_files, unwatched
from tinyner.prepare.ranking import ranked
from tinyner.rows import Sentence

AREA = "data"
SPLITS = corpus.SPLITS
_MOST_UNKNOWN = 100  # types that a file has and the scheme has not

Reader = Callable[[Reading], Sequence[Sentence]]


@dataclass
class Sources:
    """The sentences of each source, in their order in the files.

    ``splits`` has the labelled splits that could be read; ``lacking`` says of each that the corpus does not have why;
    ``target`` and ``related`` are None where they can't be read.
    """

    splits: dict[str, Sequence[Sentence]] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)
    target: Sequence[Sentence] | None = None
    related: Sequence[Sentence] | None = None


class _NotingTypes(SchemeTypes):
    """The types of the scheme; keeps the name that a message last called unknown."""

    unknown_name: str | None = None

    def unknown(self, name: str) -> str:
        self.unknown_name = name
        return super().unknown(name)


def read_sources(findings: Findings, params: Params) -> Sources:
    """Read every source, and add the mistakes of each; none keeps another from being read."""
    prepare_params, sources = params.prepare, Sources()
    for line in unused_files.lines(params) if hasattr(params, "annotate") else ():  # else: has mistakes
        findings.warning(AREA, line)
    for line in unwatched.lines(params):
        findings.warning(AREA, line)
    _read_splits(findings, params, sources)
    if prepare_params.target == "corpus":
        sources.target = sources.splits.get("train")
    else:
        sources.target = _read(findings, params, "prepare.target", _file_reader(prepare_params.target, "own"))
    if prepare_params.related == "none":
        sources.related = []
    else:
        sources.related = _read(
            findings, params, "prepare.related", lambda reading: related.read(prepare_params.related, reading)
        )
    if prepare_params.conllpp != "none":
        corrected = _read(findings, params, "prepare.conllpp", _labelled_reader(prepare_params.conllpp, "test"))
        words = [[sentence["words"] for sentence in rows or ()] for rows in (corrected, sources.splits.get("test"))]
        if all(words) and words[0] != words[1]:
            findings.error(AREA, f"prepare.conllpp: {prepare_params.conllpp} has other sentences than the test set")
    return sources


def ranked_by(params: Params, sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """Return sentences in the order in which stage prepare takes them."""
    return ranked(sentences, params.prepare.seed)


def _read_splits(findings: Findings, params: Params, sources: Sources) -> None:
    source = params.prepare.corpus
    folder = fetch.local(source)
    try:
        is_folder = fetch.is_folder(folder, f"prepare.corpus: {source}")
    except UserError as error:
        findings.error(AREA, str(error))
        return
    if source == "none":
        sources.lacking = dict.fromkeys(SPLITS, "prepare.corpus is none")
    elif fetch.is_url(source):
        for split in SPLITS:
            url = f"{source.rstrip('/')}/{split}.txt"
            try:
                fetch.file(url)
            except fetch.NotThereError as error:
                sources.lacking[split] = str(error)
                continue
            except UserError as error:
                findings.error(AREA, f"prepare.corpus, {split}: {error}")
                continue
            _read_split(findings, params, sources, split, url)
    elif source != "wheel" and is_folder:
        for split in SPLITS:
            paths = corpus.files_of(folder, split)
            if len(paths) > 1:
                names = listed(path.name for path in paths)
                findings.error(AREA, f"{folder}: expected one file for {split}, it has {names}; take out all but one")
            elif paths:
                _read_split(findings, params, sources, split, str(paths[0]))
            else:
                sources.lacking[split] = f"{folder} has no file for {split}"
    else:
        _read(findings, params, f"prepare.corpus, {source}", lambda reading: _all_splits(source, reading, sources))


def _read_split(findings: Findings, params: Params, sources: Sources, split: str, path: str) -> None:
    sentences = _read(findings, params, f"prepare.corpus, {split}", _labelled_reader(path, split))
    if sentences is not None:
        sources.splits[split] = sentences


def _all_splits(source: str, reading: Reading, sources: Sources) -> Sequence[Sentence]:
    """Read the splits of a source that can only be read as a whole; return the sentences of all."""
    whole = corpus.read(source, reading)
    sources.splits, sources.lacking = dict(whole.splits), dict(whole.missing)
    return [sentence for split in sources.splits.values() for sentence in split]


def _labelled_reader(source: str, split: str) -> Reader:
    return lambda reading: corpus.labelled(source, split, reading)


def _file_reader(source: str, prefix: str) -> Reader:
    return lambda reading: user_files.read(fetch.file(source), fetch.address(source), prefix, reading)


def _read(findings: Findings, params: Params, key: str, read: Reader) -> Sequence[Sentence] | None:
    """Return the sentences of a source, None where it can't be read; add what is wrong or noted.

    All types that the scheme does not have are named: the file is read again, with each dropped in turn.
    """
    unknown: list[str] = []
    while True:
        types = _NotingTypes(params.types, [*params.prepare.drop_types, *unknown])
        reading = replace(Reading.of(params), types=types)
        try:
            sentences = read(reading)
        except UserError as error:
            findings.error(AREA, str(error) if str(error).startswith("prepare.") else f"{key}: {error}")
            if types.unknown_name is None or types.unknown_name in unknown or len(unknown) == _MOST_UNKNOWN:
                return None
            unknown.append(types.unknown_name)
            continue
        if not unknown:
            findings.ok(AREA, f"{key}: {_counts(sentences)}{''.join(f'; {line}' for line in reading.notes.lines())}")
        return sentences


def _counts(sentences: Sequence[Sentence]) -> str:
    entities = sum(tag.startswith("B-") for sentence in sentences for tag in sentence.get("tags", ()))
    labels = f", {number(entities, 'entity', 'entities')}" if any("tags" in sentence for sentence in sentences) else ""
    return f"{number(len(sentences), 'sentence')}{labels}"
