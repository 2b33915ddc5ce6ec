"""A pilot from beginning to end, and its whole result as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tinyner.pilot.answers import Answers, answers_content, sentence_content, spans_content
from tinyner.pilot.asking import answerable, ask
from tinyner.pilot.candidates import Candidate
from tinyner.pilot.gold import Gold, choose
from tinyner.pilot.reading import ReadSentence
from tinyner.pilot.scores import (
    LEVEL,
    RESAMPLES,
    SEED,
    CandidateScores,
    Interval,
    PairDifference,
    compare,
    score,
)
from tinyner.plurals import number


@dataclass(frozen=True)
class CandidateResult(Answers):
    """What a candidate's replies are worth, and what they cost."""

    scores: CandidateScores


@dataclass(frozen=True)
class Pilot:
    """The sentences, each candidate's result, and the differences between them."""

    gold: Gold
    types: list[str]
    results: list[CandidateResult]
    differences: list[PairDifference]

    @property
    def entities(self) -> int:
        """The number of gold entities."""
        return sum(tag.startswith("B-") for tags in self.gold.tags for tag in tags)


def run_pilot(count: int, compared: Sequence[Candidate], prompt_texts: Sequence[str]) -> Pilot:
    """Ask for gold sentences, and score the replies.

    Args:
        count: of sentences.
        compared: the candidates, each of which is asked for all of them.
        prompt_texts: templates and examples; a sentence that stands in one of them is not taken.

    Raises:
        UserError: where no gold sentence can be taken, or the annotator can't be asked, or replies are missing.
        KeyboardInterrupt: where Ctrl-C ended it; the replies that came are stored.
    """
    params = compared[0].params
    gold = choose(count, prompt_texts, params, lambda sentences: answerable(compared, sentences))
    if len(gold.sentences) < count:
        print(
            f"-n {count}: there are no more than {number(len(gold.sentences), 'gold sentence')} that can be asked for: "
            "with labels, shown by no prompt, not of the test set",
            flush=True,
        )
    types = list(params.types)
    results = []
    for asked in ask(compared, gold.sentences):
        answers = Answers.of(asked)
        scores = score(answers.name, answers.sentences, types)
        results.append(CandidateResult(asked, answers.sentences, answers.outcomes, answers.cost_of_all, scores))
    return Pilot(gold, types, results, compare({result.name: result.scores for result in results}))


def as_json(content: Mapping[str, Any]) -> bytes:
    """Return a whole result as a JSON document."""
    try:
        return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair in a reply, which UTF-8 can't hold
        return json.dumps(content, indent=2).encode() + b"\n"


def pilot_content(pilot: Pilot) -> dict[str, Any]:
    """Return every score, sentence and reply, for JSON."""
    return {
        "sentences": len(pilot.gold.sentences),
        "entities": pilot.entities,
        "from": {str(part.path): len(part.sentences) for part in pilot.gold.parts},
        "available": pilot.gold.available,
        "intervals": {"level": LEVEL, "resamples": RESAMPLES},
        "seed": SEED,
        "candidates": [_candidate(result) for result in pilot.results],
        "differences": [{**asdict(pair), "significant": pair.significant} for pair in pilot.differences],
    }


def _candidate(result: CandidateResult) -> dict[str, Any]:
    return {
        **answers_content(result),
        "f1": result.scores.f1,
        "interval": _interval(result.scores.interval),
        "scores": [
            {"of": name, **values, "interval": _interval(result.scores.intervals.get(name))}
            for name, values in result.scores.table.items()
        ],
        "rows": [_row(sentence) for sentence in result.sentences],
    }


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    return None if interval is None else asdict(interval)


def _row(read_sentence: ReadSentence) -> dict[str, Any]:
    return {
        **sentence_content(read_sentence),
        "gold": spans_content(read_sentence.gold, read_sentence.sentence),
        "missed": len(read_sentence.missed),
        "wrong": len(read_sentence.wrong),
    }
