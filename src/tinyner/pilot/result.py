"""A pilot from beginning to end, and its whole result as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tinyner.pilot.asking import Asked, answerable, ask
from tinyner.pilot.candidates import candidates
from tinyner.pilot.costs import CostOfAll, cost_of_all
from tinyner.pilot.gold import Gold, choose
from tinyner.pilot.reading import ReadSentence, read
from tinyner.pilot.scores import LEVEL, RESAMPLES, SEED, CandidateScores, Outcomes, PairDifference, compare, score
from tinyner.rows import Sentence, Span, text_of, text_of_words


@dataclass(frozen=True)
class CandidateResult:
    """What a candidate's replies are worth, and what they cost."""

    asked: Asked
    sentences: list[ReadSentence]
    scores: CandidateScores
    outcomes: Outcomes
    cost_of_all: CostOfAll

    @property
    def name(self) -> str:
        """The candidate's name."""
        return self.asked.candidate.name


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


def run_pilot(count: int, prompts: Sequence[str], annotators: Sequence[str], changes: Mapping[str, object]) -> Pilot:
    """Ask for gold sentences, and score the replies.

    Args:
        count: of sentences.
        prompts: names of templates to compare; none: as params.yaml says.
        annotators: names of annotators to compare; none: as params.yaml says.
        changes: of other parameters, by their dotted names.

    Raises:
        UserError: where there is no gold, or the annotator can't be asked, or replies are missing.
        KeyboardInterrupt: where Ctrl-C ended it; the replies that came are stored.
    """
    compared = candidates(prompts, annotators, changes)
    shown_texts = [text for candidate in compared for text in candidate.shown_texts()]
    params = compared[0].params
    gold = choose(count, shown_texts, params, lambda sentences: answerable(compared, sentences))
    if len(gold.sentences) < count:
        print(
            f"-n {count}: there are no more than {len(gold.sentences)} gold sentences that can be asked for: "
            "with labels, shown by no prompt, not of the test set",
            flush=True,
        )
    types = list(params.types)
    results = []
    for asked in ask(compared, gold.sentences):
        sentences = read(asked.candidate.params, asked.plan)
        scores = score(asked.candidate.name, sentences, types)
        all_sentences = cost_of_all(asked.candidate, asked.plan)
        results.append(CandidateResult(asked, sentences, scores, Outcomes.of(sentences), all_sentences))
    return Pilot(gold, types, results, compare({result.name: result.scores for result in results}))


def as_json(pilot: Pilot) -> bytes:
    """Return the whole result as a JSON document: every score, sentence and reply."""
    content = _content(pilot)
    try:
        return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair in a reply, which UTF-8 can't hold
        return json.dumps(content, indent=2).encode() + b"\n"


def _content(pilot: Pilot) -> dict[str, Any]:
    return {
        "sentences": len(pilot.gold.sentences),
        "entities": pilot.entities,
        "from": {str(part.path): len(part.sentences) for part in pilot.gold.parts},
        "available": pilot.gold.available,
        "interval": {"level": LEVEL, "method": "percentile bootstrap over sentences", "resamples": RESAMPLES},
        "seed": SEED,
        "candidates": [_candidate(result) for result in pilot.results],
        "differences": [{**asdict(pair), "significant": pair.significant} for pair in pilot.differences],
    }


def _candidate(result: CandidateResult) -> dict[str, Any]:
    asked = result.asked
    annotate_params, endpoint = asked.candidate.params.annotate, asked.plan.endpoint
    return {
        "name": result.name,
        "annotator": endpoint.name,
        "identity": endpoint.identity,
        "prompts": annotate_params.prompts.of("target"),
        "prompt_sha256": list(dict.fromkeys(request.prompt.sha256 for request in asked.plan.requests)),
        "f1": result.scores.f1,
        "low": result.scores.low,
        "high": result.scores.high,
        "scores": [{"of": name, **values} for name, values in result.scores.table.items()],
        "replies": {**result.outcomes.statuses, "empty": result.outcomes.empty},
        "problems": result.outcomes.problems,
        "ledger": result.outcomes.ledger,
        "cost": {
            "asked": asked.asked,
            "paid_usd": asked.paid_usd,
            "spent_usd": asked.spent_usd,
            "all": asdict(result.cost_of_all),
        },
        "rows": [_row(sentence) for sentence in result.sentences],
    }


def _row(read_sentence: ReadSentence) -> dict[str, Any]:
    sentence = read_sentence.sentence
    replies = [
        {"reply": reply["reply"], "status": annotation["status"], "problems": annotation["problems"]}
        for reply, annotation in zip(read_sentence.replies, read_sentence.annotations, strict=True)
    ]
    return {
        "id": sentence["id"],
        "text": text_of(sentence),
        "gold": _spans(read_sentence.gold, sentence),
        "read": _spans(read_sentence.spans, sentence),
        "missed": len(read_sentence.missed),
        "wrong": len(read_sentence.wrong),
        "replies": replies,
        "ledger": read_sentence.aligned.ledger(),
    }


def _spans(spans: Sequence[Span], sentence: Sentence) -> list[dict[str, Any]]:
    return [
        {"start": start, "end": end, "label": label, "text": text_of_words(sentence, start, end)}
        for start, end, label in spans
    ]
