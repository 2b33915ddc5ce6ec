"""What all sentences would cost with a candidate, by the tokens that its pilot's replies took."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.annotate.costs import cost
from tinyner.annotate.requests import RequestPlan, plan_requests
from tinyner.files import sha256_text
from tinyner.pilot.candidates import Candidate
from tinyner.rows import Sentence, text_of


@dataclass(frozen=True)
class CostOfAll:
    """The requests that stage annotate would send for all its sentences, and their cost.

    ``usd`` is None where it is not known; ``why`` says why.
    """

    requests: int
    stored: int
    usd: float | None
    why: str = ""


def cost_of_all(candidate: Candidate, pilot: RequestPlan) -> CostOfAll:
    """Return what the replies that are still missing would cost.

    A request's input tokens are taken to grow with its characters, as in the pilot's; its output tokens to be the
    pilot's mean. Nothing is taken to be cached.

    Args:
        candidate: whose prompts are sent.
        pilot: its requests, all answered.
    """
    lengths, stored = _missing(candidate, candidate.sentences_of_all, pilot)
    annotate_params = candidate.params.annotate
    annotator = candidate.annotator
    if not lengths:
        return CostOfAll(0, stored, 0.0)
    if not annotator.online:
        return CostOfAll(len(lengths), stored, None, "answers from records only")
    if annotator.price is None:
        return CostOfAll(len(lengths), stored, None, "no price in params.yaml")
    counted = [
        (reply["prompt_tokens"], reply["completion_tokens"], len(request.text))
        for request, reply in pilot.replies()
        if "prompt_tokens" in reply and "completion_tokens" in reply
    ]
    if not counted:
        return CostOfAll(len(lengths), stored, None, "the replies have no token counts")
    prompt_tokens, _, characters = map(sum, zip(*counted, strict=True))
    output = statistics.fmean(completion for _, completion, _ in counted)
    inputs = prompt_tokens / characters * sum(lengths)
    batch = annotate_params.mode in ("batch", "file")
    usd = cost(annotator.price, round(inputs), 0, round(output * len(lengths)), batch=batch)
    return CostOfAll(len(lengths), stored, usd)


def _missing(
    candidate: Candidate, sentences: dict[str, list[Sentence]], pilot: RequestPlan
) -> tuple[Sequence[int], int]:
    """Return the characters of each request without a stored reply, and the number of those with one.

    With examples by similarity, a request is known only when the examples are chosen, which takes minutes. Its prompt
    is then taken to be as long as the pilot's, and to have no reply yet.
    """
    if candidate.params.annotate.few_shot == "fixed":
        plan = plan_requests(candidate.params, sentences)
        missing = plan.missing()
        keys = {request.key for request in plan.requests}
        return [len(request.text) for request in missing], len(keys) - len(missing)
    around = statistics.fmean(len(request.text) - len(text_of(request.sentence)) for request in pilot.requests)
    annotate_params = candidate.params.annotate
    texts = {
        (sha256_text(text), template, sample): round(around) + len(text)
        for corpus, of_corpus in sentences.items()
        for text in map(text_of, of_corpus)
        for template in annotate_params.prompts.of(corpus)
        for sample in range(annotate_params.samples)
    }
    return list(texts.values()), 0
