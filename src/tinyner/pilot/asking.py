"""Ask every candidate for the chosen sentences, by the stage's own client, store and budget."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.annotate.__main__ import answer_missing
from tinyner.annotate.costs import WorstCase
from tinyner.annotate.requests import Request, RequestPlan, plan_requests
from tinyner.errors import UserError
from tinyner.files import sha256_text
from tinyner.pilot.candidates import Candidate
from tinyner.plurals import number
from tinyner.rows import Sentence, text_of


@dataclass(frozen=True)
class Asked:
    """A candidate's requests, all of them answered, and what was paid for them.

    ``asked`` is the number of replies that this pilot asked for, ``paid_usd`` what they and lost ones cost (US
    dollars), ``spent_usd`` what all replies to the requests cost.
    """

    candidate: Candidate
    plan: RequestPlan
    asked: int
    paid_usd: float
    spent_usd: float


def answerable(candidates: Sequence[Candidate], sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences to which every annotator that can't be asked has all replies on record."""
    kept = list(sentences)
    for candidate in candidates:
        if not candidate.is_online:
            unanswered = {request.text_sha256 for request in plan_of(candidate, kept).missing()}
            kept = [sentence for sentence in kept if sha256_text(text_of(sentence)) not in unanswered]
    return kept


def plan_of(candidate: Candidate, sentences: Sequence[Sentence]) -> RequestPlan:
    """Return the requests for sentences, as stage annotate would send them if they were target sentences."""
    return plan_requests(candidate.params, {"target": sentences})


def ask(candidates: Sequence[Candidate], sentences: Sequence[Sentence]) -> list[Asked]:
    """Have all requests of all candidates answered; none is sent before each candidate is known to be able to ask.

    The cap, annotate.max_cost_usd, holds for all of them together.

    Raises:
        UserError: where an annotator can't be asked, or replies are missing in the end; those that came are stored.
        KeyboardInterrupt: where Ctrl-C ended it; those that came are stored.
    """
    plans = [plan_of(candidate, sentences) for candidate in candidates]
    for candidate, plan in zip(candidates, plans, strict=True):
        _ = candidate.sentences_of_all  # whatever is wrong with them is said before anything is paid
        missing = plan.missing()
        if missing:
            _check_can_ask(plan, missing)
            print(_announcement(candidate, plan, missing), flush=True)
    results = []
    for index, (candidate, plan) in enumerate(zip(candidates, plans, strict=True)):
        before = plan.spent_usd()
        elsewhere = sum(other.spent_usd() for place, other in enumerate(plans) if place != index)
        asked = answer_missing(candidate.asking_params, plan, elsewhere)
        results.append(Asked(candidate, plan, asked, plan.spent_usd() - before, plan.spent_usd()))
    return results


def _check_can_ask(plan: RequestPlan, missing: Sequence[Request]) -> None:
    """Check that the annotator can be asked.

    Raises:
        UserError: why not, and what to do.
    """
    from tinyner.annotate.client import obstacle  # noqa: PLC0415, loads the openai client

    why = obstacle(plan.endpoint.annotator)
    if why is not None:
        raise UserError(
            f"pilot: {len(missing):,} of {number(len(plan.requests), 'reply', 'replies')} of {plan.endpoint.name} "
            f"{'is' if len(missing) == 1 else 'are'} missing, and {why}"
        )


def _announcement(candidate: Candidate, plan: RequestPlan, missing: Sequence[Request]) -> str:
    """Return the line that says what will be sent, and what it may cost at most."""
    annotator, stored = plan.endpoint.annotator, len({request.key for request in plan.requests}) - len(missing)
    prompts = ", ".join(dict.fromkeys(request.template for request in missing))
    if annotator.price is None:
        most = "the price is not known (annotate.annotators)"
    elif annotator.max_output is None and annotator.price.output:
        most = "no bound on the cost, as replies have none"
    else:
        worst_usd = WorstCase(plan.endpoint).usd
        usd = sum(worst_usd(request.text) for request in missing)
        most = f"${usd:.4f} at most" if usd else "free, by its price"
    return (
        f"{candidate.name}: asking {plan.endpoint.name} ({annotator.model}) for "
        f"{number(len(missing), 'reply', 'replies')} to {prompts}, {stored:,} stored already; {most}"
    )
