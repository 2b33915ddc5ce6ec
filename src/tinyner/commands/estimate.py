"""What an annotation will cost: the table of ``tinyner annotate --estimate``."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from tinyner.annotate.__main__ import labels_in_files
from tinyner.annotate.costs import TokenCounter, WorstCase, cost, token_counter
from tinyner.annotate.file_labels import FileLabels
from tinyner.annotate.outputs import spent_usd
from tinyner.annotate.requests import Request, RequestPlan, plan_requests
from tinyner.annotate.store import RECORDED
from tinyner.corpora import CORPORA
from tinyner.files import load
from tinyner.params import load_params
from tinyner.rows import Sentence

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


def print_estimate(changes: Mapping[str, object]) -> None:
    """Print what the missing replies will cost, with some parameters changed, by their dotted names.

    Labels that are in files are read, and said to cost nothing, or what their rows say.

    Raises:
        UserError: where the parameters or the files at hand do not allow it.
    """
    params = load_params(changes=changes)
    sentences: dict[str, list[Sentence]] = {corpus: load(path) for corpus, path in CORPORA.items()}
    labels = labels_in_files(params, sentences)
    if params.annotate.asked is None:
        print("no LLM is asked: this annotation will cost nothing")
        return
    plan = plan_requests(params, sentences)
    missing, mode = plan.missing(), params.annotate.mode
    batch, annotator = mode in ("batch", "file"), plan.endpoint.annotator
    counter, worst_usd = token_counter(annotator), WorstCase(plan.endpoint, batch=batch).usd
    bounded = annotator.max_output is not None or not annotator.price
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title=f"Annotation by {plan.endpoint.name} ({annotator.model}), {mode}",
    )
    for column in ("corpus", "prompt", "sentences", "stored", "to ask", "input", "output", "USD", "at most"):
        table.add_column(column, justify="left" if column in ("corpus", "prompt") else "right", no_wrap=True)
    total, methods = Estimate(0, 0, 0, 0, 0.0, 0.0), dict[str, list[str]]()
    for corpus in CORPORA:
        for template in params.annotate.prompts.of(corpus):
            requests = _of_prompt(plan.requests, corpus, template)
            unanswered = _of_prompt(missing, corpus, template)
            reply_tokens, method = _reply_tokens(plan, counter, unanswered or requests)
            methods.setdefault(method, []).append(f"{corpus} {template}")
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
            total += estimate
            table.add_row(corpus, template, str(len(sentences[corpus])), *estimate.cells(bounded=bounded))
    table.add_section()
    table.add_row("", "all", str(sum(map(len, sentences.values()))), *total.cells(bounded=bounded))
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH)  # or numbers would be cut
    console.print(table)
    print(f"input tokens: {counter.method}, without what the server's chat template adds")
    for method, prompts in methods.items():
        of_prompts = f" ({', '.join(prompts)})" if len(methods) > 1 else ""
        print(f"output tokens{of_prompts}: {method}")
    _print_dollars(plan, labels, params.annotate.max_cost_usd, batch=batch)


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


def _reply_tokens(plan: RequestPlan, counter: TokenCounter, requests: Sequence[Request]) -> tuple[float, str]:
    """Return the expected tokens of a reply to one of these requests, and what that is based on.

    The requests are of one template. The estimate is based on the first of these that exists: stored replies to the
    same prompts; stored replies to the same template with other examples; recorded replies of other annotators; the
    longest reply that the sampling settings allow.
    """
    prompts = {request.prompt.sha256 for request in requests}
    stored = [reply for sha256 in prompts for reply in plan.store.replies_to(sha256)]
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
    recorded = (row for path in sorted(RECORDED.rglob("*.jsonl")) for row in load(path))
    texts = [row["reply"] for row in recorded if row["prompt_sha256"] in prompts]
    if texts:
        method = f"{counter.method}, the mean of {len(texts)} recorded replies of others to the same prompt"
        return statistics.fmean(counter.count(texts)), method
    most = plan.endpoint.annotator.max_output
    if most is not None:
        return most, "not known for this prompt: the most that the sampling settings allow"
    return 0.0, "not known for this prompt, and not bounded: set sampling.max_completion_tokens"
