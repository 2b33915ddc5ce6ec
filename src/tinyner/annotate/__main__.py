"""Stage annotate: ``python -m tinyner.annotate``."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tinyner import errors
from tinyner.annotate import templates
from tinyner.annotate.costs import Budget
from tinyner.annotate.requests import Request, RequestPlan, plan_requests
from tinyner.annotate.store import ReplyKey
from tinyner.corpora import CORPORA
from tinyner.errors import UserError
from tinyner.files import load, write_json, write_rows
from tinyner.params import Params, load_params
from tinyner.progress import board
from tinyner.rows import PromptRow, Reply, Sentence

ANNOTATED = Path("data/annotated")


def main() -> None:
    """Take every reply from the store, ask for the missing ones, and write them in the sentences' order.

    Raises:
        UserError: where replies are missing in the end.
    """
    params = load_params()
    sentences: dict[str, list[Sentence]] = {corpus: load(path) for corpus, path in CORPORA.items()}
    plan = plan_requests(params, sentences)
    asked = answer_missing(params, plan)
    _write(plan, asked)


def answer_missing(params: Params, plan: RequestPlan, spent_elsewhere: float = 0.0) -> int:
    """Have the requests answered to which the store has no reply, and return how many those were.

    Args:
        params: how to ask, and the cap.
        plan: its store has a reply to every request in the end.
        spent_elsewhere: US dollars that count under the cap as well, beside what the plan's requests cost.

    Raises:
        UserError: where replies are missing in the end; those that came are stored.
    """
    missing = plan.missing()
    if not missing:
        return 0
    check(params, plan, missing)
    with plan.store.locked():
        for scope in plan.scopes():
            plan.store.open(scope)  # the process that held the lock may have stored some
        missing = plan.missing()
        if missing:
            _ask(params, plan, missing, spent_elsewhere)
    return len(missing)


def _ask(params: Params, plan: RequestPlan, missing: Sequence[Request], spent_elsewhere: float) -> None:
    """Have the missing requests answered in the mode of params.yaml; each mode's modules load in that mode only."""
    annotate_params = params.annotate
    for scope in dict.fromkeys(request.scope for request in missing):
        plan.store.check_writable(scope)
    if annotate_params.mode != "batch":
        from tinyner.annotate.batch_states import check_no_batch_pending  # noqa: PLC0415

        check_no_batch_pending(plan, missing, annotate_params.mode)
    for scope in plan.scopes():
        plan.store.record_killed(scope)
    budget = Budget(annotate_params.max_cost_usd, plan.spent_usd() + spent_elsewhere)
    if annotate_params.mode == "online":
        from tinyner.annotate.online import ask_online  # noqa: PLC0415

        with board() as progress_board:
            ask_online(plan, annotate_params, missing, budget, progress_board)
    elif annotate_params.mode == "ray":
        from tinyner.annotate.ray_backend import ask_on_ray  # noqa: PLC0415

        with board() as progress_board:
            ask_on_ray(plan, annotate_params, missing, budget, progress_board)
    else:
        from tinyner.annotate.batch import ask_in_batches  # noqa: PLC0415

        ask_in_batches(plan, annotate_params, missing, budget)


def check(params: Params, plan: RequestPlan, missing: Sequence[Request]) -> None:
    """Check that the annotator can be asked for missing replies, and that each prompt names an entity type.

    Raises:
        UserError: why, and what to do.
    """
    from tinyner.annotate.client import obstacle  # noqa: PLC0415, loads the openai client

    annotator, types = plan.endpoint.annotator, params.types
    why = obstacle(annotator) if params.annotate.mode != "file" or not annotator.online else None
    if why is not None:
        raise UserError(_missing_message(params, plan, missing, why))
    for template, prompt in dict.fromkeys((request.template, request.prompt) for request in missing):
        text = prompt.text.casefold()
        if not any(word.casefold() in text for label, others in types.items() for word in (label, *others)):
            raise UserError(f"prompts/{template}.txt: names none of the types in params.yaml ({', '.join(types)})")


def _missing_message(params: Params, plan: RequestPlan, missing: Sequence[Request], why: str) -> str:
    annotate_params, missing_keys = params.annotate, {request.key for request in missing}
    parts = []
    for corpus in CORPORA:
        for template in annotate_params.prompts.of(corpus):
            requests = [
                request for request in plan.requests if (request.corpus, request.template) == (corpus, template)
            ]
            unanswered = [request for request in requests if request.key in missing_keys]
            if unanswered:
                complete = ", ".join(_complete_templates(params, plan, requests)) or "no prompt"
                parts.append(
                    f"{len(unanswered)} of {len(requests)} {corpus} replies to prompts/{template}.txt "
                    f"(sha256 {unanswered[0].prompt.sha256[:12]}; complete are those to: {complete})"
                )
    online = ", ".join(
        name
        for name, annotator in annotate_params.annotators.items()
        if annotator.online and name != annotate_params.annotator
    )
    return (
        f"annotate: {' and '.join(parts)} are missing for annotator {annotate_params.annotator} "
        f"({plan.endpoint.identity}), and {why}; "
        f"or choose another with annotate.annotator ({online}), or put replies under data/recorded/"
    )


def _complete_templates(params: Params, plan: RequestPlan, requests: Sequence[Request]) -> list[str]:
    """Return the names of templates without fields to which the store has a reply for each request's sentence."""
    complete = []
    for name in templates.names():
        template = templates.load(name)
        if not template.fields:
            sha256 = template.render(params.types, {}, []).sha256
            plan.store.open(sha256)
            if all(plan.store.get((sha256, request.text_sha256, request.sample)) for request in requests):
                complete.append(name)
    return complete


def _write(plan: RequestPlan, asked: int) -> None:
    """Write the replies, the prompts and metrics/annotate.json; ``asked``: the replies that this run asked for."""
    rows: dict[str, list[Reply]] = {corpus: [] for corpus in CORPORA}
    for request, reply in plan.replies():
        rows[request.corpus].append({**reply, "id": request.sentence["id"]})  # the text may have another sentence's id
    for corpus in CORPORA:
        write_rows(ANNOTATED / f"{corpus}.jsonl", rows[corpus])
    prompts = {request.prompt.sha256: request.prompt.text for request in plan.requests}
    prompt_rows: list[PromptRow] = [{"prompt_sha256": sha256, "template": text} for sha256, text in prompts.items()]
    write_rows(ANNOTATED / "prompts.jsonl", prompt_rows)
    metrics = _metrics(plan, rows, asked)
    write_json(Path("metrics/annotate.json"), metrics)
    count = sum(map(len, rows.values()))
    cost = f", {metrics['cost_usd']:.4f} US dollars in all" if "cost_usd" in metrics else ""
    print(f"{plan.endpoint.name}: {count} replies, {count - asked} from the store, {asked} asked for{cost}")
    if asked:
        print(f"replies are kept in {plan.store.folder}; delete them there to ask again")


def _metrics(plan: RequestPlan, rows: Mapping[str, Sequence[Reply]], asked: int) -> dict[str, object]:
    """Return the content of metrics/annotate.json; ``rows`` are the rows of each corpus."""
    paid_replies: dict[ReplyKey, tuple[str, Reply]] = {}  # a repeated text is counted once, for its first corpus
    for request, reply in plan.replies():
        paid_replies.setdefault(request.key, (request.corpus, reply))
    all_rows = [row for corpus in CORPORA for row in rows[corpus]]
    metrics: dict[str, object] = {"requests": asked}  # without retries
    if any("cost_usd" in row for row in all_rows):  # an unknown cost is left out, not 0
        metrics["cost_usd"] = round(plan.spent_usd(), 9)
    metrics["replies"] = [
        {
            "cached": len(paid_replies) - asked,
            "failures": sum(not row["reply"].strip() for row in all_rows),
            "prompt_tokens": sum(reply.get("prompt_tokens", 0) for _, reply in paid_replies.values()),
            "cached_tokens": sum(reply.get("cached_tokens", 0) for _, reply in paid_replies.values()),
            "completion_tokens": sum(reply.get("completion_tokens", 0) for _, reply in paid_replies.values()),
        }
    ]
    lost_usd = plan.store.lost_usd(plan.scopes())
    paid_usd = dict.fromkeys(CORPORA, 0.0)
    for corpus, reply in paid_replies.values():  # losses are not recorded by corpus: each reply gets an equal share
        paid_usd[corpus] += reply.get("cost_usd", 0.0) + lost_usd / len(paid_replies)
    metrics["costs"] = [
        {
            "corpus": corpus,
            "replies": len(rows[corpus]),
            "priced": sum("cost_usd" in row for row in rows[corpus]),
            "cost_usd": round(paid_usd[corpus], 9),
        }
        for corpus in CORPORA
    ]
    if lost_usd:
        metrics["costs_of_lost_replies_usd"] = [round(lost_usd, 9)]
    return metrics


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit("python -m tinyner.annotate takes no arguments; see tinyner annotate --help")
    errors.run(main)
