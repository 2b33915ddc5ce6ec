"""Look at the user's files: read them, find out the types, and what they have in common."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinyner import fetch
from tinyner.errors import UserError, listed
from tinyner.init import findings, readers
from tinyner.init.options import Options
from tinyner.init.readers import SPLITS, Content, Reading, SchemeTypes, UserFile
from tinyner.init.scheme import Scheme, SchemeOfTheUser, of_labels
from tinyner.init.scheme_source import read_scheme
from tinyner.init.teacher_files import is_same
from tinyner.params import Prepare
from tinyner.plurals import number
from tinyner.rows import Sentence

_SPLIT_FROM = 0.1  # share of texts with several sentences from which they are split
_SNAPPED = "spans snapped to whole words"


@dataclass(frozen=True)
class Gold:
    """The labelled files: one that is to be split, under the key "", or the splits that there are."""

    contents: Mapping[str, Content]
    scheme: Scheme
    folder: Path | None  # of the splits

    @property
    def sentences(self) -> list[Sentence]:
        """All sentences."""
        return [sentence for content in self.contents.values() for sentence in content.sentences]


@dataclass(frozen=True)
class Look:
    """What there is: the sentences for the LLM, the labelled ones, the types."""

    target: Content
    labels: Sequence[UserFile]  # of a teacher
    gold: Gold | None
    scheme: Scheme
    splits_texts: bool
    several: Mapping[str, tuple[int, int]]  # by file: texts, and those of several sentences


@dataclass(frozen=True)
class Looker:
    """Looks at files.

    Attributes:
        options: of the user.
        prepare: the parameters that files are read by.
        scratch: a folder for copies in UTF-8.
    """

    options: Options
    prepare: Prepare
    scratch: Path

    def look(self) -> Look:
        """Return what there is.

        Raises:
            UserError: where a file can't be read rightly.
        """
        target_file, gold_files = self._sentences(), self.gold_files()
        label_files = [self._opened(source, "--labels") for source in self.options.labels or ()]
        files = (target_file, *gold_files.values(), *label_files)
        if self.options.encoding and all(file.encoding == "UTF-8" for file in files):
            raise UserError(f"init: --encoding {self.options.encoding}: all files are UTF-8 already; leave it out")
        several = self._several(target_file, [*gold_files.values(), *label_files])
        splits_texts = self._splits_texts(several)
        gold = self._gold(gold_files, splits_texts=splits_texts) if gold_files else None
        if gold is not None:
            scheme = gold.scheme
        elif self.options.types:
            scheme = read_scheme(self.options.types).defined(self.options.definitions)
        elif label_files:
            scheme = self._scheme_of(label_files, "--labels", splits_texts=splits_texts)
        else:
            raise UserError("init: without --gold, name the types that the LLM is to label: --types")
        reading = self._reading(scheme, splits_texts=splits_texts)
        # The labels of a file that is also one of --labels are the teacher's, and none of people.
        of_people = not any(is_same(self.options.sentences, source) for source in self.options.labels or ())
        for file in label_files:
            readers.check_labels(file, reading)
        target = readers.read_sentences(target_file, reading, labels=of_people)
        return Look(target, label_files, gold, scheme, splits_texts, several)

    def target(self) -> Content:
        """Return the sentences for the LLM, without their labels, before the types are there.

        Raises:
            UserError: where the file can't be read rightly.
        """
        file = self._sentences()
        splits_texts = self._splits_texts(self._several(file, []))
        reading = self._reading(Scheme({}, {}), splits_texts=splits_texts)
        return readers.read_sentences(file, reading, labels=False)

    def gold(self) -> Gold:
        """Return the labelled sentences.

        Raises:
            UserError: where a file can't be read rightly.
        """
        files = self.gold_files()
        several = self._several(self._sentences(), list(files.values()))
        return self._gold(files, splits_texts=self._splits_texts(several))

    def gold_files(self) -> dict[str, UserFile]:
        """Return the labelled files by split, one that is not split under "".

        Raises:
            UserError: if a folder has none, or several for a split.
        """
        source = self.options.gold
        if not source:
            return {}
        folder = fetch.local(source)
        if not fetch.is_folder(folder, f"--gold: {source}"):
            return {"": self._opened(source, "--gold")}
        files = {}
        for split in SPLITS:
            paths = readers.files_of(folder, split)
            if len(paths) > 1:
                raise UserError(f"--gold: {source} has {listed(path.name for path in paths)}; keep one of them")
            if paths:
                files[split] = self._opened(str(paths[0]), "--gold")
        if not files:
            raise UserError(
                f"--gold: {source} has no file called train, valid or test, such as train.jsonl or test.txt; name a "
                "file, which is split then, or call its files so"
            )
        return files

    def _sentences(self) -> UserFile:
        return self._opened(self.options.sentences, "--sentences")

    def _opened(self, source: str, flag: str) -> UserFile:
        return readers.opened(source, self.options.encoding, self.scratch, flag)

    def _several(self, target: UserFile, labelled: Sequence[UserFile]) -> dict[str, tuple[int, int]]:
        reading = self._reading(Scheme({}, {}), splits_texts=True)
        counts = {target.name: readers.texts_of_several(target, reading, labelled=False)}
        return counts | {file.name: readers.texts_of_several(file, reading, labelled=True) for file in labelled}

    def _splits_texts(self, several: Mapping[str, tuple[int, int]]) -> bool:
        if self.options.split_texts is not None:
            return self.options.split_texts
        return self.prepare.split_texts or any(count >= _SPLIT_FROM * rows for rows, count in several.values())

    def _reading(self, scheme: Scheme, *, splits_texts: bool) -> Reading:
        kind = SchemeOfTheUser if self.options.types else SchemeTypes
        types = kind(scheme.types, self.prepare.drop_types)
        return replace(readers.reading_of(self.prepare, types), split_texts=splits_texts)

    def _gold(self, files: Mapping[str, UserFile], *, splits_texts: bool) -> Gold:
        if self.options.types:
            scheme = read_scheme(self.options.types).defined(self.options.definitions)
        else:
            scheme = self._scheme_of(list(files.values()), self.options.gold or "", splits_texts=splits_texts)
        reading = self._reading(scheme, splits_texts=splits_texts)
        contents = {name: self._read_gold(file, name or "gold", reading) for name, file in files.items()}
        folder = fetch.local(self.options.gold or "")
        return Gold(contents, scheme, folder if folder.is_dir() else None)

    def _scheme_of(self, files: Sequence[UserFile], where: str, *, splits_texts: bool) -> Scheme:
        """Return the types of labelled files; raises as the readers do, or a UserError where there are none."""
        reading, counts = self._reading(Scheme({}, {}), splits_texts=splits_texts), Counter[str]()
        for file in files:
            counts.update(readers.label_counts(file, reading, every_row=where != "--labels"))
        dropped = SchemeTypes({}, self.prepare.drop_types)
        kept = {name: count for name, count in counts.items() if dropped.find(name) is None}
        return of_labels(kept, where).defined(self.options.definitions)

    def _read_gold(self, file: UserFile, split: str, reading: Reading) -> Content:
        """Return the labelled sentences of a file.

        Raises:
            UserError: as the readers do; if spans end inside words, with how many do so.
        """
        try:
            return readers.read_gold(file, split, reading, self.options.document)
        except UserError as error:
            if reading.span_edges == "snap":
                raise
            try:
                snapped = readers.read_gold(file, split, replace(reading, span_edges="snap"), self.options.document)
            except UserError:
                raise error from None
            count = snapped.notes.count(_SNAPPED)
            raise UserError(
                f"{error} (tinyner init --snap); {number(count, 'span')} of this file end inside a word"
            ) from None


def lines(look: Look) -> Iterator[tuple[str, str]]:
    """Yield what there is, each line with the name of what it is about."""
    yield from content_lines(look.target)
    if any("tags" in sentence for sentence in look.target.sentences):
        use = "" if look.gold else "; to learn from them, or to score by them, name this file as --gold"
        yield look.target.file.base_name, f"has labels, which only score the LLM here{use}"
    if look.gold is not None:
        yield from gold_lines(look.gold)
        yield from common_lines(look.target, look.gold)


def content_lines(content: Content) -> Iterator[tuple[str, str]]:
    """Yield what there is in a file, each line with its name."""
    for line in findings.lines(content):
        yield content.file.base_name, line


def gold_lines(gold: Gold) -> Iterator[tuple[str, str]]:
    """Yield what there is in the labelled files, each line with its file's name."""
    for content in gold.contents.values():
        yield from content_lines(content)
        yield content.file.base_name, findings.labels_line(content.sentences, gold.scheme.types)
    for line in findings.overlap_lines({name: content.sentences for name, content in gold.contents.items()}):
        yield "gold", line
    unseen = set(gold.scheme.types) - set(findings.entity_counts(gold.sentences))
    if unseen:
        yield "gold", f"no entity of {', '.join(name for name in gold.scheme.types if name in unseen)}"


def common_lines(target: Content, gold: Gold) -> Iterator[tuple[str, str]]:
    """Yield how many sentences for the LLM are labelled ones."""
    common = len(findings.in_both(target.sentences, gold.sentences))
    if common:
        yield target.file.base_name, f"{number(common, 'sentence')} stand among the labelled ones too"
