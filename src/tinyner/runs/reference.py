"""The reference: the tags that predictions are held against. Gold, or the teacher's tags where no sentence has gold."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tinyner.errors import UserError
from tinyner.files import load
from tinyner.pipeline_files import missing
from tinyner.rows import Example, Sentence
from tinyner.runs.run import Run, digest_of
from tinyner.stand_ins import AGREEMENT, ALIGNED, is_stand_in, tags_of_teacher

TEST = "data/prepared/test.jsonl"


@dataclass(frozen=True)
class Reference:
    """A test set with the tags that predictions of it are held against.

    Attributes:
        test: ``digest_of`` the test set.
        size: the number of its sentences.
        places: the indices of the scored ones, rising: of all, or of those that the teacher labelled.
        sentences: the scored ones, each with its tags.
        by_teacher: whether the tags are the teacher's.
        other_labels: where the tags are from if they are neither gold of the test set nor the teacher's; else "".

    """

    test: str
    size: int
    places: Sequence[int]
    sentences: Sequence[Sentence]
    by_teacher: bool
    other_labels: str = ""

    @classmethod
    def of(cls, test: Sequence[Sentence], labelled: Iterable[Example]) -> "Reference":
        """Return the reference of a test set; sentences without gold that the teacher did not label are not scored.

        Args:
            test: the test set.
            labelled: what the teacher labelled; not looked at where the test set has gold.

        Raises:
            UserError: where the teacher labelled no sentence of a test set without gold.
        """
        if not is_stand_in(test):
            return cls(digest_of(test), len(test), range(len(test)), test, by_teacher=False)
        tags_by_place = dict(enumerate(tags_of_teacher(test, labelled)))
        places = [place for place, tags in tags_by_place.items() if tags]
        sentences: list[Sentence] = [{**test[place], "tags": tags_by_place[place] or []} for place in places]
        return cls(digest_of(test), len(test), places, sentences, by_teacher=True)

    @cached_property
    def digest(self) -> str:
        """A digest of the scored sentences and their tags, never the same for gold and a teacher; of gold ``test``."""
        if not self.by_teacher and not self.other_labels:
            return self.test
        source = self.other_labels or "the teacher"
        return hashlib.sha256(f"by {source}: {digest_of(self.sentences)}".encode()).hexdigest()

    @property
    def tags(self) -> list[list[str]]:
        """The tags of the scored sentences."""
        return [row["tags"] for row in self.sentences]

    def scored(self, predictions: Mapping[int, Sequence[Sequence[str]]]) -> Mapping[int, Sequence[Sequence[str]]]:
        """Return predictions by seed, of the scored sentences alone.

        Raises:
            ValueError: where a seed has more or fewer sentences than the test set.
        """
        if len(self.places) == self.size:
            return predictions
        for seed, sentences in predictions.items():
            if len(sentences) != self.size:
                raise ValueError(f"seed {seed} has {len(sentences)} sentences, and the test set {self.size}")
        return {seed: [sentences[index] for index in self.places] for seed, sentences in predictions.items()}


def load_test() -> list[Sentence]:
    """Return the workspace's test set.

    Raises:
        UserError: where there is none.
    """
    if not Path(TEST).exists():
        raise UserError(f"{missing(Path(TEST))}; what is predicted is held against it")
    test: list[Sentence] = load(TEST)
    return test


def workspace_reference() -> Reference:
    """Return the reference of the workspace.

    Raises:
        UserError: where its files do not exist, or the teacher labelled no sentence of a test set without gold.
    """
    test = load_test()
    labelled: list[Example] = []
    if is_stand_in(test):
        if not Path(ALIGNED).exists():
            raise UserError(
                f"{missing(Path(ALIGNED))}; it has the tags that stand in for gold, of which {TEST} has none"
            )
        labelled = load(ALIGNED)
    return Reference.of(test, labelled)


def check_test(run: Run, test: str) -> None:
    """Raise a UserError where a run's predictions are of another test set than the workspace's, of this digest."""
    if run.test != test:
        raise UserError(
            f"{run.name}: its predictions are of other test sentences than {TEST} here; set `prepare` in params.yaml "
            "as it has it and run `dvc repro prepare`, or leave it out"
        )


def reference_of(runs: Iterable[Run]) -> Reference:
    """Return the reference of the workspace, once it is known to be that of all these runs.

    Raises:
        UserError: where a run's predictions are of other sentences, or were held against other tags.
    """
    reference = workspace_reference()
    for run in runs:
        by_teacher = run.reference != run.test
        if by_teacher and not reference.by_teacher:
            raise UserError(
                f"{run.name}: its scores are {AGREEMENT}, and {TEST} here has gold; train it again here, or leave "
                "it out"
            )
        check_test(run, reference.test)
        if run.reference != reference.digest:
            raise UserError(
                f"{run.name}: was held against other tags of the teacher than those in {ALIGNED} here; set "
                "`annotate`, `clean` and `align` in params.yaml as it has them and run `dvc repro align`, or leave "
                "it out"
            )
    return reference
