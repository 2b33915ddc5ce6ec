"""A candidate's replies as stages clean and align read them, with or without gold."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tinyner.bio import Span
from tinyner.pilot.asking import Asked
from tinyner.pilot.costs import CostOfAll, cost_of_all
from tinyner.pilot.reading import ReadSentence, read
from tinyner.pilot.scores import Outcomes
from tinyner.rows import Sentence, text_of, text_of_words


@dataclass(frozen=True)
class Answers:
    """What a candidate replied, and what it cost."""

    asked: Asked
    sentences: list[ReadSentence]
    outcomes: Outcomes
    cost_of_all: CostOfAll

    @classmethod
    def of(cls, asked: Asked) -> "Answers":
        """Read the replies."""
        sentences = read(asked.candidate.params, asked.plan)
        return cls(asked, sentences, Outcomes.of(sentences), cost_of_all(asked.candidate, asked.plan))

    @property
    def name(self) -> str:
        """The candidate's name."""
        return self.asked.candidate.name


def answers_content(answers: Answers) -> dict[str, Any]:
    """Return a candidate and how its replies ended, for JSON."""
    asked = answers.asked
    annotate_params, endpoint = asked.candidate.params.annotate, asked.plan.endpoint
    return {
        "name": answers.name,
        "annotator": endpoint.name,
        "identity": endpoint.identity,
        "prompts": annotate_params.prompts.of("target"),
        "prompt_sha256": list(dict.fromkeys(request.prompt.sha256 for request in asked.plan.requests)),
        "replies": {**answers.outcomes.statuses, "empty": answers.outcomes.empty},
        "problems": answers.outcomes.problems,
        "ledger": answers.outcomes.ledger,
        "cost": {
            "asked": asked.asked,
            "paid_usd": asked.paid_usd,
            "spent_usd": asked.spent_usd,
            "all": asdict(answers.cost_of_all),
        },
    }


def sentence_content(read_sentence: ReadSentence) -> dict[str, Any]:
    """Return a sentence with its replies and what was read in them, for JSON."""
    sentence = read_sentence.sentence
    replies = [
        {"reply": reply["reply"], "status": annotation["status"], "problems": annotation["problems"]}
        for reply, annotation in zip(read_sentence.replies, read_sentence.annotations, strict=True)
    ]
    return {
        "id": sentence["id"],
        "text": text_of(sentence),
        "read": spans_content(read_sentence.spans, sentence),
        "replies": replies,
        "ledger": read_sentence.aligned.ledger(),
    }


def spans_content(spans: Sequence[Span], sentence: Sentence) -> list[dict[str, Any]]:
    """Return spans with their texts, for JSON."""
    return [
        {"start": start, "end": end, "label": label, "text": text_of_words(sentence, start, end)}
        for start, end, label in spans
    ]
