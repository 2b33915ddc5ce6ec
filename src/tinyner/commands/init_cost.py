"""What the annotation of a project that ``tinyner init`` plans will cost."""

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tinyner.annotate.few_shot_pool import pool_of
from tinyner.annotate.requests import RequestPlan, plan_requests
from tinyner.annotate.templates import Shot, load, shot_of
from tinyner.commands.estimate import estimates, total
from tinyner.errors import UserError
from tinyner.init.parameters import online_annotators
from tinyner.plurals import number
from tinyner.rows import text_of

if TYPE_CHECKING:
    from tinyner.annotate.costs import TokenCounter
    from tinyner.annotate.requests import Request
    from tinyner.commands.estimate import PromptEstimate
    from tinyner.init.plan import Plan


def cost_of(made: "Plan") -> tuple[list[str], bool]:
    """Return what the annotation will cost, or why that can't be said; and whether an LLM will be asked.

    Raises:
        UserError: where replies are missing, and nobody can be asked for them.
    """
    if made.annotator is None:
        return ["nothing is sent: all labels are in files"], False
    is_similar = made.params.annotate.few_shot == "similar"
    try:
        typical, longest = _similar_shots(made) if is_similar else (made.material.shots, made.material.shots)
        requests, rows = _estimated(made, typical)
        worst_usd = total(_estimated(made, longest)[1] if is_similar else rows).worst_usd
    except UserError as error:
        return [f"not known: {error}"], made.annotator.online
    costs, annotator = total(rows), requests.endpoint.annotator
    stored = f"{number(costs.stored, 'reply is there', 'replies are there')}; " if costs.stored else ""
    if not costs.requests:
        return [f"nothing: all {costs.stored:,} replies are there"], False
    if not annotator.online and is_similar:
        return ["nothing, if all replies are there, which is known once each sentence's examples are chosen"], False
    if not annotator.online:
        name, count = requests.endpoint.name, costs.stored + costs.requests
        choices = ", ".join(online_annotators(made.params))
        raise UserError(
            f"init: {name} answers from records only, and of {number(count, 'reply', 'replies')} to these sentences "
            f"and this prompt {costs.requests:,} are missing; choose an annotator that can be asked, --annotator NAME "
            f"({choices}), or put the replies under data/recorded first"
        )
    unknown = ["no reply is taken to be there, as each sentence's examples are chosen later"] if is_similar else []
    asked = (
        f"{stored}{number(costs.requests, 'request')}, about {number(costs.input_tokens, 'token')} in and "
        f"{costs.output_tokens:,} out"
    )
    if annotator.price is None:
        no_price = f"{asked}; no price is set (annotate.annotators.{requests.endpoint.name}.price)"
        return [no_price, *unknown], True
    bound = f", at most ${worst_usd:.2f}" if annotator.max_output is not None else ""
    methods = "; ".join(dict.fromkeys(row.method for row in rows))
    return [
        f"{asked}: ${costs.usd:.2f}{bound}, by the price of {requests.endpoint.name} in params.yaml",
        f"tokens out: {methods}",
        *unknown,
    ], True


def _estimated(made: "Plan", shots: Sequence[Shot]) -> tuple[RequestPlan, "list[PromptEstimate]"]:
    """Return the requests with these examples, the same for all sentences, and what the missing replies will cost."""

    def reply_length(requests: Sequence["Request"], counter: "TokenCounter") -> tuple[float, str] | None:
        return _reply_length(made, requests, counter)

    params, corpora = made.params, made.sentences.corpora
    fixed = params.model_copy(update={"annotate": params.annotate.model_copy(update={"few_shot": "fixed"})})
    requests = plan_requests(fixed, corpora, shots)
    return requests, [row for row in estimates(requests, params, corpora, reply_length) if row.sentences]


def _similar_shots(made: "Plan") -> tuple[list[Shot], list[Shot]]:
    """Return examples of ordinary length, and the longest ones, as many as each sentence has by similarity.

    Raises:
        UserError: where train has too few.
    """
    count = made.params.annotate.shots
    pool = pool_of(made.sets.original, made.sets.test, count)
    shots = [shot_of(sentence, made.params.types) for sentence in pool]
    shots.sort(key=lambda shot: len(shot.render(reasoned=False).encode()))
    middle = (len(shots) - count) // 2
    return shots[middle : middle + count], shots[-count:]


def _reply_length(made: "Plan", requests: Sequence["Request"], counter: "TokenCounter") -> tuple[float, str] | None:
    """Return the expected tokens of a reply without reasoning: the labels of gold, or as long as the sentence."""
    if any("reasoned_examples" in load(request.template).fields for request in requests[:1]):
        return None
    gold = [sentence for sentences in made.material.splits.values() for sentence in sentences]
    if gold:
        replies = [shot_of(sentence, made.params.types).render(reasoned=False).partition("\n")[2] for sentence in gold]
        return statistics.fmean(counter.count(replies)), "as long as the gold labels would be as replies"
    texts = [text_of(sentence) for sentence in made.asked]
    return statistics.fmean(counter.count(texts)), "taken to be as many as the sentence has"
