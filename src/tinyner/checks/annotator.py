"""The annotator: its key, its price, the replies that are stored and missing, and whether its server answers."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import Any

from tinyner.annotate.answers import Answer, Fault
from tinyner.annotate.asked_sentences import AskedSentences
from tinyner.annotate.costs import WorstCase
from tinyner.annotate.requests import RequestPlan, plan_requests
from tinyner.annotate.server_address import ON_THE_CLUSTER, problem
from tinyner.checks.findings import Findings
from tinyner.corpora import GOLD
from tinyner.errors import UserError
from tinyner.params import Annotator, Params
from tinyner.plurals import number
from tinyner.rows import Sentence

AREA = "annotator"
SERVER = "server"
_TIMEOUT = 20.0  # seconds for the request, or the annotator's own where that is shorter
_TEXT = 'Answer with {"ok": true}, as JSON.'
_MOST_TOKENS = ("max_completion_tokens", "max_tokens")


def check_annotator(
    findings: Findings, params: Params, corpora: Mapping[str, Sequence[Sentence] | None], *, may_send: bool
) -> None:
    """Add whether the annotator can answer, what that may cost, and what its server says to one short request.

    Args:
        findings: to add to.
        params: with the sections types and annotate, whose prompts are right; an annotator is asked.
        corpora: the sentences that stage annotate asks for; None where they can't be read.
        may_send: whether the request may be sent.
    """
    plan = _plan(findings, params, corpora)
    if plan is None:
        return
    annotator, missing = plan.endpoint.annotator, None
    if params.annotate.few_shot == "fixed" and all(sentences is not None for sentences in corpora.values()):
        missing = len(plan.missing())
        _check_replies(findings, params, plan, missing)
    if not annotator.online or missing == 0:
        return
    _check_price(findings, params, plan, missing)
    _check_access(findings, params, plan, may_send=may_send)


def check_access(findings: Findings, params: Params, *, may_send: bool) -> None:
    """Add whether the annotator can be asked at all, whatever is wrong in its prompts; see ``check_annotator``."""
    plan = _plan(findings, params, {})
    if plan is not None and plan.endpoint.annotator.online:
        _check_access(findings, params, plan, may_send=may_send)


def _check_access(findings: Findings, params: Params, plan: RequestPlan, *, may_send: bool) -> None:
    """Add what is wrong with the address and the key; where nothing is, what the server says."""
    has_address = params.annotate.mode == "file" or _check_address(findings, plan)
    if _check_key(findings, plan, params.annotate.mode) and has_address:
        _check_server(findings, params, plan, may_send=may_send)


def check_asked(findings: Findings, params: Params, asked: AskedSentences) -> None:
    """Say what there is of labels in files, and how many gold sentences are asked for, if params.yaml wants any."""
    for of_files in asked.labels:
        findings.ok(AREA, "; ".join(of_files.lines()))
    size, gold = params.annotate.gold_size, asked.corpora.get(GOLD)
    if size is None:
        return
    if gold:
        ask_for = "is asked for" if len(gold) == 1 else "are asked for"
        findings.ok(AREA, f"annotate.gold_size: {number(len(gold), 'gold sentence')} {ask_for} as well, for teacher_f1")
    cure = "label these in the files too, or set another annotator" if asked.left_out else "lower it, or label more"
    for line in asked.shortage(size):
        findings.warning(AREA, f"{line}; {cure}")


def _plan(findings: Findings, params: Params, corpora: Mapping[str, Sequence[Sentence] | None]) -> RequestPlan | None:
    """Return the requests of all sentences; of none with examples by similarity, as choosing these takes minutes."""
    fixed = params.annotate.few_shot == "fixed"
    try:
        return plan_requests(
            params, {corpus: (sentences or []) if fixed else [] for corpus, sentences in corpora.items()}
        )
    except UserError as error:
        findings.error(AREA, str(error))
        return None


def _check_replies(findings: Findings, params: Params, plan: RequestPlan, missing: int) -> None:
    count = len({request.key for request in plan.requests})
    name = plan.endpoint.name
    if not missing:
        findings.ok(AREA, f"{name}: all {count} replies are stored; nothing will be sent")
    elif plan.endpoint.annotator.online:
        findings.ok(AREA, f"{name} ({plan.endpoint.annotator.model}): {missing} of {count} replies are to be asked for")
    else:
        online = [other for other, annotator in params.annotate.annotators.items() if annotator.online]
        findings.error(
            AREA,
            f"annotate.annotator: {name} answers from records only, and {missing} of {count} replies are missing for "
            f"these prompts; choose another ({', '.join(online)}), or put the replies under data/recorded",
        )


def _check_price(findings: Findings, params: Params, plan: RequestPlan, missing: int | None) -> None:
    """Say what the missing replies may cost at most, and whether there is a cap."""
    annotator, cap = plan.endpoint.annotator, params.annotate.max_cost_usd
    if annotator.price is None:
        findings.warning(
            AREA, f"annotate.annotators.{plan.endpoint.name}.price: empty, so no cost is known, nor a cap kept"
        )
        return
    if missing is None:
        return
    try:
        worst_usd = WorstCase(plan.endpoint, batch=params.annotate.mode in ("batch", "file")).usd
    except UserError as error:
        findings.error(AREA, f"annotate.annotators.{plan.endpoint.name}.{error}")
        return
    usd = sum(worst_usd(request.text) for request in plan.missing())
    if annotator.max_output is None and annotator.price.output:
        findings.warning(
            AREA,
            f"annotate.annotators.{plan.endpoint.name}.sampling: bounds no reply, so the cost has no bound; "
            "set max_completion_tokens (or max_tokens)",
        )
    elif cap is None and usd:
        findings.warning(AREA, f"annotate.max_cost_usd: empty; these replies cost ${usd:.2f} at most; set a cap")
    elif cap is not None and plan.spent_usd() + usd > cap:
        findings.warning(
            AREA,
            f"annotate.max_cost_usd: {cap:g}; ${plan.spent_usd():.2f} are spent and ${usd:.2f} may come at most, "
            "so the run may end at the cap; it can go on later",
        )
    else:
        most = f"${usd:.2f} at most" if usd else "free, by its price"
        findings.ok(AREA, f"{most}{'' if cap is None else f', under the cap of ${cap:g}'}")


def _check_address(findings: Findings, plan: RequestPlan) -> bool:
    """Return whether the address of the annotator's server can be one."""
    name, url = plan.endpoint.name, plan.endpoint.annotator.base_url
    key = f"annotate.annotators.{name}.base_url"
    if not url:
        url, key = os.environ.get("OPENAI_BASE_URL", ""), f"{name}: OPENAI_BASE_URL"
    wrong = problem(url) if url else None
    if wrong is not None:
        findings.error(SERVER, f"{key}: {wrong}")
    return wrong is None


def _check_key(findings: Findings, plan: RequestPlan, mode: str) -> bool:
    """Return whether the annotator can be asked from here."""
    from tinyner.annotate.client import api_key, obstacle  # noqa: PLC0415, loads the openai client

    annotator = plan.endpoint.annotator
    if mode == "file":
        findings.ok(AREA, "annotate.mode: file writes a request file and sends nothing; no key is needed")
        return False
    why = obstacle(annotator)
    if why is not None:
        findings.error(AREA, f"{plan.endpoint.name}: {why}")
        return False
    if api_key(annotator):
        findings.ok(AREA, f"{annotator.api_key_env} is set")
    return True


def _check_server(findings: Findings, params: Params, plan: RequestPlan, *, may_send: bool) -> None:
    name, annotator = plan.endpoint.name, plan.endpoint.annotator
    if (annotator.base_url or "").startswith(ON_THE_CLUSTER):
        findings.ok(SERVER, f"{name}: {annotator.base_url} runs on the cluster's nodes; nothing is sent here")
        return
    if not may_send:
        findings.ok(SERVER, f"{name}: not asked (--no-request)")
        return
    try:
        result, message = asyncio.run(_answer(plan, annotator))
    except UserError as error:
        findings.error(SERVER, str(error))
        return
    if isinstance(result, Answer) or "output limit" in result.message:  # a model that reasons needs more than a token
        findings.ok(SERVER, f"{message} answers; one request of a few tokens was sent, without any text of yours")
    elif result.limited:
        findings.warning(SERVER, f"{message}; the key and the model are right, but it is limited now")
    else:
        findings.error(SERVER, f"{message}; tried with one request of a few tokens")


async def _answer(plan: RequestPlan, annotator: Annotator) -> tuple[Answer | Fault, str]:
    """Send one request for a single token; return what came, and a line on it that names the endpoint."""
    from tinyner.annotate.client import Client  # noqa: PLC0415

    quick = annotator.model_copy(update={"timeout": min(_TIMEOUT, annotator.timeout)})
    client = Client(plan.endpoint.name, quick, 1)
    try:
        result, _ = await client.ask(_body(plan, annotator))
    finally:
        await client.close()
    what = result.message if isinstance(result, Fault) else f"({annotator.model})"
    return result, client.message(what).removeprefix("annotate: ")


def _body(plan: RequestPlan, annotator: Annotator) -> dict[str, Any]:
    """Return the body of the request: all settings as they will be sent, but another text, and a single token."""
    body: dict[str, Any] = {
        "model": annotator.model,
        "messages": [{"role": "user", "content": _TEXT}],
        **annotator.sampling,
    }
    bound = next((name for name in _MOST_TOKENS if name in annotator.sampling), None)
    body[bound or ("max_tokens" if annotator.base_url else "max_completion_tokens")] = 1
    if plan.endpoint.response_format is not None:
        body["response_format"] = dict(plan.endpoint.response_format)
    return body
