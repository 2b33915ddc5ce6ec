"""What an annotation will cost, before anything is sent: ``tinyner annotate --estimate``."""

import statistics
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from tinyner.annotate.__main__ import main as stage
from tinyner.annotate.costs import Costs, Tokens, cost, spent_on, tokenizer_of
from tinyner.annotate.requests import Plan, Question, plan
from tinyner.annotate.store import RECORDED
from tinyner.commands.arguments import Commands, add_changes
from tinyner.commands.arguments import changes as changes_of
from tinyner.corpora import CORPORA
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.params import load_params
from tinyner.rows import Sentence

_WIDTH = 110  # columns, where no terminal says otherwise


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("annotate", help="what annotation will cost, before anything is sent")
    parser.add_argument("--estimate", action="store_true", help="print requests, tokens and dollars, and send nothing")
    add_changes(parser, "as `dvc exp run` does")
    parser.set_defaults(run=lambda arguments: run(changes_of(arguments.set), only=arguments.estimate))


def run(changes: Mapping[str, object], *, only: bool) -> None:
    """Print the estimate; without ``only`` run the stage.

    Raises:
        UserError: where the parameters or the files at hand do not allow it.
    """
    if not only:
        if changes:
            raise UserError("tinyner annotate: -S goes with --estimate; to run with other parameters: dvc exp run -S")
        stage()
        return
    everything = load_params(changes=changes)
    sentences: dict[str, list[Sentence]] = {corpus: load(path) for corpus, path in CORPORA.items()}
    one = plan(everything, sentences)
    missing = one.missing()
    batch = everything.annotate.mode in ("batch", "file")
    tokens = tokenizer_of(one.target.annotator)
    worst_of, hows = Costs(one.target, batch=batch).worst, dict[str, list[str]]()
    price = one.target.annotator.price
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title=f"Annotation by {one.target.name} ({one.target.annotator.model}), {everything.annotate.mode}",
    )
    for column in ("corpus", "prompt", "sentences", "stored", "to ask", "input", "output", "USD", "at most"):
        table.add_column(column, justify="left" if column in ("corpus", "prompt") else "right", no_wrap=True)
    bounded = one.target.annotator.max_output is not None or not price
    sums = [0, 0, 0, 0, 0.0, 0.0]
    for corpus in CORPORA:
        for name in everything.annotate.prompts.of(corpus):
            every = [question for question in one.questions if (question.corpus, question.name) == (corpus, name)]
            asked = [question for question in missing if (question.corpus, question.name) == (corpus, name)]
            expected, how = _expected(one, tokens, asked or every)
            hows.setdefault(how, []).append(f"{corpus} {name}")
            inputs = tokens.count([question.text for question in asked])
            total = sum(inputs)
            outputs = round(expected * len(asked))
            usd = cost(price, total, 0, outputs, batch=batch) if price else 0.0
            worst = sum(worst_of(question.text) for question in asked)
            stored = sum(one.store.get(row.key) is not None for row in every)
            row = [stored, len(asked), total, outputs, usd, worst]
            sums = [before + now for before, now in zip(sums, row, strict=True)]
            table.add_row(corpus, name, str(len(sentences[corpus])), *_cells(row, bounded=bounded))
    table.add_section()
    table.add_row("", "all", str(sum(map(len, sentences.values()))), *_cells(sums, bounded=bounded))
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH)  # or numbers would be cut
    console.print(table)
    print(f"input tokens: {tokens.how}, without what the server's chat template adds")
    for how, names in hows.items():
        of = f" ({', '.join(names)})" if len(hows) > 1 else ""
        print(f"output tokens{of}: {how}")
    if price is None:
        print(f"dollars: annotate.annotators.{one.target.name} has no price")
    else:
        rates = f"${price.input:g} input, ${price.output:g} output a million tokens"
        print(
            f"dollars: {rates}{f', less {price.batch_discount:.0%} for batches' if batch else ''}; no caching counted"
        )
        before, cap = spent_on(one), everything.annotate.max_cost_usd
        print(f"spent on these sentences so far: ${before:.4f}; cap: {'none' if cap is None else f'${cap:g}'}")


def _cells(row: Sequence[float], *, bounded: bool) -> list[str]:
    stored, requests, inputs, outputs, usd, worst = row
    counts = [f"{int(one):,}" for one in (stored, requests, inputs, outputs)]
    return [*counts, f"{usd:.4f}", f"{worst:.4f}" if bounded else "no bound"]


def _expected(one: Plan, tokens: Tokens, questions: Sequence[Question]) -> tuple[float, str]:
    """Output tokens of a reply to one of these, all of one template, and how that is known.

    By replies to the same prompt, or (few-shot examples of its own make each prompt another) to the same
    template, or else the most that is allowed.
    """
    prompts = {question.prompt.sha256 for question in questions}
    known = [
        row["completion_tokens"]
        for sha256 in prompts
        for row in one.store.to_prompt(sha256)
        if "completion_tokens" in row
    ]
    if known:
        return statistics.fmean(known), f"the mean of {len(known)} stored replies of this annotator to the same prompt"
    names = {question.name for question in questions}
    replies = (one.store.get(question.key) for question in one.questions if question.name in names)
    known = [row["completion_tokens"] for row in replies if row is not None and "completion_tokens" in row]
    if known:
        how = f"the mean of {len(known)} stored replies of this annotator to the same template with other examples"
        return statistics.fmean(known), how
    texts = [
        row["reply"]
        for path in sorted(RECORDED.rglob("*.jsonl"))
        for row in load(path)
        if row["prompt_sha256"] in prompts
    ]
    if texts:
        counts = tokens.count(texts)
        return statistics.fmean(
            counts
        ), f"{tokens.how}, the mean of {len(texts)} recorded replies of others to the same prompt"
    most = one.target.annotator.max_output
    if most is not None:
        return most, "not known for this prompt: the most that the sampling settings allow"
    return 0.0, "not known for this prompt, and not bounded: set sampling.max_completion_tokens"
