"""The teacher's labels against those of people, where sentences have them: scores of the consensus and of each vote."""

import sys
from collections.abc import Sequence

from tinyner.align.vote import AlignedSentence
from tinyner.align.vote_scores import SentenceVotes, calibration_of, scores_of
from tinyner.bio import types_in
from tinyner.corpora import GOLD
from tinyner.scores import strict
from tinyner.tables import show_rows, show_scores


class AgainstGold:
    """Collects the sentences that people labelled: their tags, and of several replies the votes."""

    def __init__(self) -> None:
        """Begin without sentences."""
        self._gold: list[Sequence[str]] = []
        self._predicted: list[Sequence[str]] = []
        self._unanswered = 0  # sentences without a valid reply
        self._several: list[SentenceVotes] = []
        self._annotators: Sequence[str] = ()  # of the first sentence with several replies
        self._sizes: dict[str, int] = {}  # all sentences of a corpus
        self._with_gold: set[str] = set()  # corpora that have a labelled sentence

    def add(self, corpus: str, aligned: AlignedSentence) -> None:
        """Take a sentence of a corpus, labelled or not."""
        self._sizes[corpus] = self._sizes.get(corpus, 0) + 1
        if "tags" not in aligned.sentence:
            return
        self._with_gold.add(corpus)
        self._gold.append(_shared(aligned.sentence["tags"]))
        self._predicted.append(_shared(aligned.tags))
        self._unanswered += aligned.consensus is None
        if aligned.has_several_replies:
            self._annotators = self._annotators if self._several else aligned.annotators
            self._several.append(SentenceVotes(aligned.sentence["tags"], aligned.replies))

    @property
    def gold_sentences(self) -> int:
        """How many sentences were asked for to score the teacher alone."""
        return self._sizes.get(GOLD, 0)

    def show(self, types: Sequence[str]) -> dict[str, object]:
        """Print and return the scores; nothing where no sentence is labelled.

        Args:
            types: of the scheme.
        """
        if not self._gold:
            return {}
        asked = sum(self._sizes[corpus] for corpus in self._with_gold)
        table = strict(self._gold, self._predicted, types)
        teacher = [{"of": name, **score} for name, score in table.items()]
        title = f"The teacher against gold, {_counted(len(self._gold), asked, self.gold_sentences)}"
        show_scores(title, teacher, predicted=[types_in(self._predicted)])
        if self._unanswered:
            print(f"{self._unanswered} of these sentences have no valid reply; their entities count as missed")
        metrics: dict[str, object] = {"teacher_f1": table["micro"]["f1"], "teacher": teacher}
        if self._several:
            scores, calibration = scores_of(self._several, self._annotators), calibration_of(self._several)
            show_scores(f"Votes against gold, {len(self._several)} sentences", scores)
            show_rows("Spans by the share of the replies that have them", calibration)
            metrics |= {"votes": scores, "calibration": calibration}
        return metrics


def _shared(tags: Sequence[str]) -> tuple[str, ...]:
    """Return tags as a few bytes each, since there are few different ones."""
    return tuple(map(sys.intern, tags))


def _counted(scored: int, asked: int, gold: int) -> str:
    """Return how many sentences are scored, of how many that are asked for, and which are the gold ones.

    >>> _counted(1000, 1000, 0), _counted(50, 90, 0), _counted(21, 21, 21)
    ('1000 sentences', '50 of 90 sentences', '21 original sentences (annotate.gold_size)')
    >>> _counted(71, 111, 21)
    '71 of 111 sentences, 21 of them original (annotate.gold_size)'
    """
    if gold == scored:
        return f"{scored} original sentences (annotate.gold_size)"
    of_asked = "" if scored == asked else f" of {asked}"
    of_gold = f", {gold} of them original (annotate.gold_size)" if gold else ""
    return f"{scored}{of_asked} sentences{of_gold}"
