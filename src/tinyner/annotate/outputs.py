"""What stage annotate writes: the answers of all annotators in the sentences' order, the prompts, the metrics."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tinyner.annotate.file_labels import FileLabels
from tinyner.annotate.requests import Corpora, RequestPlan
from tinyner.annotate.store import ReplyKey
from tinyner.corpora import ASKED
from tinyner.files import write_json, write_rows
from tinyner.rows import PromptRow, Reply

ANNOTATED = Path("data/annotated")
METRICS = Path("metrics/annotate.json")


def write(
    names: Sequence[str], corpora: Corpora, plan: RequestPlan | None, labels: Sequence[FileLabels], asked: int
) -> dict[str, object]:
    """Write the replies, the prompts and metrics/annotate.json.

    Args:
        names: of the annotators, in the order of their votes.
        corpora: the sentences.
        plan: requests whose replies are all in the store; None where no annotator is asked.
        labels: those that are in files.
        asked: how many replies this run asked for.

    Returns:
        The content of metrics/annotate.json.
    """
    rows = _rows(names, corpora, plan, labels)
    for corpus in ASKED:
        write_rows(ANNOTATED / f"{corpus}.jsonl", rows.get(corpus, []))
    prompts = {} if plan is None else {request.prompt.sha256: request.prompt.text for request in plan.requests}
    prompt_rows: list[PromptRow] = [{"prompt_sha256": sha256, "template": text} for sha256, text in prompts.items()]
    write_rows(ANNOTATED / "prompts.jsonl", prompt_rows)
    metrics = _metrics(rows, plan, labels, asked)
    write_json(METRICS, metrics)
    return metrics


def _rows(
    names: Sequence[str], corpora: Corpora, plan: RequestPlan | None, labels: Sequence[FileLabels]
) -> dict[str, list[Reply]]:
    """Return the rows of each corpus: by sentence, then by annotator, then by prompt and sample."""
    replies: dict[tuple[str, str, str], list[Reply]] = {}  # by annotator, corpus and id
    if plan is not None:
        for request, reply in plan.replies():
            key = plan.endpoint.name, request.corpus, request.sentence["id"]
            replies.setdefault(key, []).append({**reply, "id": request.sentence["id"]})  # the text may have another's
    for of_files in labels:
        for (corpus, sentence_id), reply in of_files.replies.items():
            replies[of_files.name, corpus, sentence_id] = [reply]
    return {
        corpus: [reply for sentence in sentences for name in names for reply in replies[name, corpus, sentence["id"]]]
        for corpus, sentences in corpora.items()
    }


def _metrics(
    rows: Mapping[str, Sequence[Reply]], plan: RequestPlan | None, labels: Sequence[FileLabels], asked: int
) -> dict[str, object]:
    """Return the content of metrics/annotate.json; ``rows`` are the rows of each corpus."""
    paid_replies: dict[ReplyKey, tuple[str, Reply]] = {}  # a repeated text is counted once, for its first corpus
    for request, reply in () if plan is None else plan.replies():
        paid_replies.setdefault(request.key, (request.corpus, reply))
    all_rows = [row for of_corpus in rows.values() for row in of_corpus]
    metrics: dict[str, object] = {"requests": asked}  # without retries
    if any("cost_usd" in row for row in all_rows):  # an unknown cost is left out, not 0
        metrics["cost_usd"] = round(spent_usd(plan, labels), 9)
    metrics["replies"] = [
        {
            "cached": len(paid_replies) - asked,
            "failures": sum(_is_failure(row) for row in all_rows),
            "prompt_tokens": sum(reply.get("prompt_tokens", 0) for _, reply in paid_replies.values()),
            "cached_tokens": sum(reply.get("cached_tokens", 0) for _, reply in paid_replies.values()),
            "completion_tokens": sum(reply.get("completion_tokens", 0) for _, reply in paid_replies.values()),
        }
    ]
    lost_usd = 0.0 if plan is None else plan.store.lost_usd(plan.scopes())
    paid_usd = dict.fromkeys(rows, 0.0)
    for corpus, reply in paid_replies.values():  # losses are not recorded by corpus: each reply gets an equal share
        paid_usd[corpus] += reply.get("cost_usd", 0.0) + lost_usd / len(paid_replies)
    for of_files in labels:
        for corpus, usd in of_files.costs().items():
            paid_usd[corpus] += usd
    metrics["costs"] = [
        {
            "corpus": corpus,
            "replies": len(of_corpus),
            "priced": sum("cost_usd" in row for row in of_corpus),
            "cost_usd": round(paid_usd[corpus], 9),
        }
        for corpus, of_corpus in rows.items()
    ]
    if lost_usd:
        metrics["costs_of_lost_replies_usd"] = [round(lost_usd, 9)]
    if labels:
        metrics["labels"] = [row for of_files in labels for row in of_files.metrics()]
        metrics["notes"] = [row for of_files in labels for row in of_files.notes.rows()]
    return metrics


def spent_usd(plan: RequestPlan | None, labels: Sequence[FileLabels]) -> float:
    """Return US dollars spent on all labels, those in files included."""
    return (0.0 if plan is None else plan.spent_usd()) + sum(of_files.cost_usd for of_files in labels)


def _is_failure(row: Reply) -> bool:
    return row["spans"] is None if "spans" in row else not row["reply"].strip()
