"""What an annotation will cost: the table of ``tinyner annotate --estimate``."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rich import box
from rich.table import Table

from tinyner.annotate.asked_sentences import load_asked
from tinyner.annotate.costs import TokenCounter, WorstCase, cost, token_counter
from tinyner.annotate.file_labels import FileLabels
from tinyner.annotate.outputs import spent_usd
from tinyner.annotate.recorded import texts_to
from tinyner.annotate.requests import Request, RequestPlan, plan_requests
from tinyner.params import Params, load_params
from tinyner.rows import Sentence
from tinyner.terminal import harmless_console

_WIDTH = 110  # columns, where no terminal says otherwise


@dataclass(frozen=True)
class Estimate:
    """Requests, tokens and US dollars of one prompt, or of all."""

    stored: int
    requests: int
    input_tokens: int
    output_tokens: int
    usd: float
    worst_usd: float

    def __add__(self, other: "Estimate") -> "Estimate":
        """Return the sum of two."""
        return Estimate(
            self.stored + other.stored,
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.usd + other.usd,
            self.worst_usd + other.worst_usd,
        )

    def cells(self, *, bounded: bool) -> list[str]:
        """Return the texts of a table's row; ``bounded``: whether the length of replies is bounded."""
        counts = [f"{count:,}" for count in (self.stored, self.requests, self.input_tokens, self.output_tokens)]
        return [*counts, f"{self.usd:.4f}", f"{self.worst_usd:.4f}" if bounded else "no bound"]


@dataclass(frozen=True)
class PromptEstimate:
    """The estimate of a prompt on a corpus, and what its output tokens are based on."""

    corpus: str
    template: str
    sentences: int
    estimate: Estimate
    method: str


ReplyLength: TypeAlias = Callable[[Sequence[Request], TokenCounter], tuple[float, str] | None]
"""Returns the expected tokens of a reply to one of some requests, and what that is based on; None: not known."""


def print_estimate(changes: Mapping[str, object]) -> None:
    """Print what the missing replies will cost, with some parameters changed, by their dotted names.

    Labels that are in files are read, and said to cost nothing, or what their rows say.

    Raises:
        UserError: where the parameters or the files at hand do not allow it.
    """
    params = load_params(changes=changes)
    asked = load_asked(params)
    for line in asked.lines(params.annotate.gold_size):
        print(line)
    sentences, labels = asked.corpora, asked.labels
    if params.annotate.asked is None:
        print("no LLM is asked: this annotation will cost nothing")
        return
    plan = plan_requests(params, sentences)
    mode, annotator = params.annotate.mode, plan.endpoint.annotator
    bounded = annotator.max_output is not None or not annotator.price
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title=f"Annotation by {plan.endpoint.name} ({annotator.model}), {mode}",
    )
    for column in ("corpus", "prompt", "sentences", "stored", "to ask", "input", "output", "USD", "at most"):
        table.add_column(column, justify="left" if column in ("corpus", "prompt") else "right", no_wrap=True)
    rows, methods = estimates(plan, params, sentences), dict[str, list[str]]()
    for row in rows:
        methods.setdefault(row.method, []).append(f"{row.corpus} {row.template}")
        table.add_row(row.corpus, row.template, str(row.sentences), *row.estimate.cells(bounded=bounded))
    table.add_section()
    table.add_row("", "all", str(sum(map(len, sentences.values()))), *total(rows).cells(bounded=bounded))
    console = harmless_console()
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH)  # or numbers would be cut
    console.print(table)
    print(f"input tokens: {token_counter(annotator).method}, without what the server's chat template adds")
    for method, prompts in methods.items():
        of_prompts = f" ({', '.join(prompts)})" if len(methods) > 1 else ""
        print(f"output tokens{of_prompts}: {method}")
    _print_dollars(plan, labels, params.annotate.max_cost_usd, batch=_is_batch(params))


def estimates(
    plan: RequestPlan,
    params: Params,
    corpora: Mapping[str, Sequence[Sentence]],
    reply_length: ReplyLength = lambda _requests, _counter: None,
) -> list[PromptEstimate]:
    """Return what the missing replies of a plan will cost, for each corpus and prompt.

    Args:
        plan: of the requests.
        params: that it was made by.
        corpora: its sentences.
        reply_length: asked where no reply to a prompt is stored or recorded.

    Raises:
        UserError: where the annotator's tokenizer can't be loaded.
    """
    missing, batch, annotator = plan.missing(), _is_batch(params), plan.endpoint.annotator
    counter, worst_usd = token_counter(annotator), WorstCase(plan.endpoint, batch=batch).usd
    rows = []
    for corpus, sentences in corpora.items():
        for template in params.annotate.prompts.of(corpus):
            requests = _of_prompt(plan.requests, corpus, template)
            unanswered = _of_prompt(missing, corpus, template)
            reply_tokens, method = _reply_tokens(plan, counter, unanswered or requests, reply_length)
            input_tokens = sum(counter.count([request.text for request in unanswered]))
            output_tokens = round(reply_tokens * len(unanswered))
            estimate = Estimate(
                stored=sum(plan.store.get(request.key) is not None for request in requests),
                requests=len(unanswered),
                input_tokens=input_tokens,
                output_tokens=output_tokens,
                usd=cost(annotator.price, input_tokens, 0, output_tokens, batch=batch) if annotator.price else 0.0,
                worst_usd=sum(worst_usd(request.text) for request in unanswered),
            )
            rows.append(PromptEstimate(corpus, template, len(sentences), estimate, method))
    return rows


def total(rows: Sequence[PromptEstimate]) -> Estimate:
    """Return the sum of estimates."""
    return sum((row.estimate for row in rows), Estimate(0, 0, 0, 0, 0.0, 0.0))


def _is_batch(params: Params) -> bool:
    return params.annotate.mode in ("batch", "file")


def _of_prompt(requests: Sequence[Request], corpus: str, template: str) -> list[Request]:
    return [request for request in requests if (request.corpus, request.template) == (corpus, template)]


def _print_dollars(plan: RequestPlan, labels: Sequence[FileLabels], cap: float | None, *, batch: bool) -> None:
    price = plan.endpoint.annotator.price
    if price is None:
        print(f"dollars: annotate.annotators.{plan.endpoint.name} has no price")
        return
    rates = f"${price.input:g} input, ${price.output:g} output a million tokens"
    discount = f", less {price.batch_discount:.0%} for batches" if batch else ""
    print(f"dollars: {rates}{discount}; no caching counted")
    spent = spent_usd(plan, labels)
    print(f"spent on these sentences so far: ${spent:.4f}; cap: {'none' if cap is None else f'${cap:g}'}")


def _reply_tokens(
    plan: RequestPlan, counter: TokenCounter, requests: Sequence[Request], reply_length: ReplyLength
) -> tuple[float, str]:
    """Return the expected tokens of a reply to one of these requests, and what that is based on.

    The requests are of one template. The estimate is based on the first of these that exists: stored replies to the
    same prompts; stored replies to the same template with other examples; recorded replies of other annotators; what
    ``reply_length`` says; the longest reply that the sampling settings allow.
    """
    prompts = {request.prompt.sha256 for request in requests}
    stored = plan.store.replies_to(prompts)
    counts = [reply["completion_tokens"] for reply in stored if "completion_tokens" in reply]
    if counts:
        method = f"the mean of {len(counts)} stored replies of this annotator to the same prompt"
        return statistics.fmean(counts), method
    names = {request.template for request in requests}
    same_template = (plan.store.get(request.key) for request in plan.requests if request.template in names)
    counts = [reply["completion_tokens"] for reply in same_template if reply and "completion_tokens" in reply]
    if counts:
        method = f"the mean of {len(counts)} stored replies of this annotator to the same template with other examples"
        return statistics.fmean(counts), method
    texts = texts_to(prompts)
    if texts:
        method = f"{counter.method}, the mean of {len(texts)} recorded replies of others to the same prompt"
        return statistics.fmean(counter.count(texts)), method
    expected = reply_length(requests, counter)
    if expected is not None:
        return expected
    most = plan.endpoint.annotator.max_output
    if most is not None:
        return most, "not known for this prompt: the most that the sampling settings allow"
    return 0.0, "not known for this prompt, and not bounded: set sampling.max_completion_tokens"
