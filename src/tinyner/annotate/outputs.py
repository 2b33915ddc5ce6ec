"""What stage annotate writes: the answers of all annotators in the sentences' order, the prompts, the metrics."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tinyner.annotate.file_labels import FileLabels
from tinyner.annotate.reply_rows import ReplyKey
from tinyner.annotate.requests import Corpora, Request, RequestPlan
from tinyner.conservation import Balance
from tinyner.corpora import ASKED
from tinyner.files import sha256_text, write_json, write_rows
from tinyner.rows import PromptRow, Reply, Sentence, text_of

ANNOTATED = Path("data/annotated")
METRICS = Path("metrics/annotate.json")


def write(
    names: Sequence[str], corpora: Corpora, plan: RequestPlan | None, labels: Sequence[FileLabels], asked: int
) -> dict[str, object]:
    """Write the replies, the prompts and metrics/annotate.json. No more than one reply is in memory at a time.

    Args:
        names: of the annotators, in the order of their votes.
        corpora: the sentences.
        plan: requests whose replies are all in the store; None where no annotator is asked.
        labels: those that are in files.
        asked: how many replies this run asked for.

    Returns:
        The content of metrics/annotate.json.
    """
    counts = _Counts(plan)
    for corpus, sentences in corpora.items():
        write_rows(ANNOTATED / f"{corpus}.jsonl", _rows(names, corpus, sentences, plan, labels=labels, counts=counts))
    for corpus in set(ASKED) - set(corpora):
        write_rows(ANNOTATED / f"{corpus}.jsonl", [])
    prompts = {} if plan is None else {request.prompt.sha256: request.prompt.text for request in plan.requests}
    prompt_rows: list[PromptRow] = [{"prompt_sha256": sha256, "template": text} for sha256, text in prompts.items()]
    write_rows(ANNOTATED / "prompts.jsonl", prompt_rows)
    metrics = _metrics(corpora, counts, plan, labels, asked)
    write_json(METRICS, metrics)
    return metrics


class _Counts:
    """Counts of the rows that are written, by corpus, and of what was paid for them."""

    def __init__(self, plan: RequestPlan | None) -> None:
        self.rows: Counter[str] = Counter()
        self.priced: Counter[str] = Counter()
        self.failures = 0
        self.tokens: Counter[str] = Counter()  # by the name of the field, each reply counted once
        self.paid_usd: dict[str, float] = defaultdict(float)
        self.lost_usd = 0.0 if plan is None else plan.store.lost_usd(plan.scopes())
        # A repeated text is counted once, for its first corpus.
        self.unpaid: set[ReplyKey] = set() if plan is None else {request.key for request in plan.requests}
        self.replies = len(self.unpaid)

    def add(self, corpus: str, row: Reply, key: ReplyKey | None) -> None:
        """Count a row of a corpus; ``key`` is that of its request, None where a file has its labels."""
        self.rows[corpus] += 1
        self.priced[corpus] += "cost_usd" in row
        self.failures += _is_failure(row)
        if key in self.unpaid:
            self.unpaid.discard(key)
            self.tokens["prompt_tokens"] += row.get("prompt_tokens", 0)
            self.tokens["cached_tokens"] += row.get("cached_tokens", 0)
            self.tokens["completion_tokens"] += row.get("completion_tokens", 0)
            # Losses are not recorded by corpus: each reply gets an equal share.
            self.paid_usd[corpus] += row.get("cost_usd", 0.0) + self.lost_usd / self.replies


def _rows(
    names: Sequence[str],
    corpus: str,
    sentences: Sequence[Sentence],
    plan: RequestPlan | None,
    *,
    labels: Sequence[FileLabels],
    counts: _Counts,
) -> Iterator[Reply]:
    """Yield the rows of a corpus, and count them: by sentence, then by annotator, then by prompt and sample."""
    requests: dict[str, list[Request]] = defaultdict(list)
    for request in () if plan is None else plan.requests:
        if request.corpus == corpus:
            requests[request.sentence["id"]].append(request)
    of_files = {of_file.name: of_file.replies for of_file in labels}
    balance, expected = Balance("annotate"), 0
    for sentence in sentences:
        rows: list[tuple[Reply, ReplyKey | None]] = []
        for name in names:
            if name in of_files:
                rows.append((of_files[name][corpus, sentence["id"]], None))
                continue
            for request in requests[sentence["id"]]:
                assert plan is not None
                # The text may have another sentence's id in the store.
                rows.append(({**plan.reply(request), "id": sentence["id"]}, request.key))
        expected = expected or len(rows)  # each is sent with the same prompts and samples
        balance.add_all(_faults(sentence, [row for row, _ in rows], expected), sentence["id"])
        for row, key in rows:
            counts.add(corpus, row, key)
            yield row
    balance.expect(
        f"{corpus} sentences, and their replies with failed ones,", len(sentences) * expected, counts.rows[corpus]
    )


def _faults(sentence: Sentence, replies: Sequence[Reply], expected: int) -> Iterator[str]:
    """Yield what does not add up in the answers to a sentence; ``expected``: how many there are, failed ones too."""
    if len(replies) != expected or not replies:
        yield "sentences with more or fewer replies than others have"
    if any(reply["id"] != sentence["id"] for reply in replies):
        yield "sentences with a reply of another sentence's id"
    text_sha256 = sha256_text(text_of(sentence))
    if any(reply["text_sha256"] != text_sha256 for reply in replies):
        yield "sentences with a reply to another text"


def _metrics(
    corpora: Corpora, counts: _Counts, plan: RequestPlan | None, labels: Sequence[FileLabels], asked: int
) -> dict[str, object]:
    """Return the content of metrics/annotate.json."""
    metrics: dict[str, object] = {"requests": asked}  # without retries
    if any(counts.priced.values()):  # an unknown cost is left out, not 0
        metrics["cost_usd"] = round(spent_usd(plan, labels), 9)
    tokens = {name: counts.tokens[name] for name in ("prompt_tokens", "cached_tokens", "completion_tokens")}
    metrics["replies"] = [{"cached": counts.replies - asked, "failures": counts.failures, **tokens}]
    for of_files in labels:
        for corpus, usd in of_files.costs().items():
            counts.paid_usd[corpus] += usd
    metrics["costs"] = [
        {
            "corpus": corpus,
            "replies": counts.rows[corpus],
            "priced": counts.priced[corpus],
            "cost_usd": round(counts.paid_usd[corpus], 9),
        }
        for corpus in corpora
    ]
    if counts.lost_usd:
        metrics["costs_of_lost_replies_usd"] = [round(counts.lost_usd, 9)]
    if labels:
        metrics["labels"] = [row for of_files in labels for row in of_files.metrics()]
        metrics["notes"] = [row for of_files in labels for row in of_files.notes.rows()]
    return metrics


def spent_usd(plan: RequestPlan | None, labels: Sequence[FileLabels]) -> float:
    """Return US dollars spent on all labels, those in files included."""
    return (0.0 if plan is None else plan.spent_usd()) + sum(of_files.cost_usd for of_files in labels)


def _is_failure(row: Reply) -> bool:
    return row["spans"] is None if "spans" in row else not row["reply"].strip()
