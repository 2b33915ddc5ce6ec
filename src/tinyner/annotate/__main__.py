"""Stage annotate: ``python -m tinyner.annotate``."""

import sys
from collections.abc import Sequence

from tinyner import errors
from tinyner.annotate import outputs, templates
from tinyner.annotate.asked_sentences import load_asked
from tinyner.annotate.costs import Budget
from tinyner.annotate.requests import Request, RequestPlan, plan_requests
from tinyner.corpora import ASKED
from tinyner.errors import UserError, listed
from tinyner.params import Params, load_params
from tinyner.plurals import number
from tinyner.progress import board
from tinyner.stage_lock import alone


def main() -> None:
    """Take every reply from the store or a file, ask for the missing ones, and write all in the sentences' order.

    Raises:
        UserError: where replies are missing in the end, or a file of labels is not as expected.
    """
    params = load_params()
    sentences = load_asked(params)
    for line in sentences.lines(params.annotate.gold_size):
        print(line)
    corpora, labels = sentences.corpora, sentences.labels
    plan, asked = None, 0
    if params.annotate.asked is not None:
        templates.check_definitions(params)
        plan = plan_requests(params, corpora)
        asked = answer_missing(params, plan, sum(of_files.cost_usd for of_files in labels))
    metrics = outputs.write(params.annotate.names, corpora, plan, labels, asked)
    if plan is not None:
        count = len(plan.requests)
        cost = f", {metrics['cost_usd']:.4f} US dollars in all" if "cost_usd" in metrics else ""
        replies = f"{number(count, 'reply', 'replies')}, {count - asked:,} from the store, {asked:,} asked for"
        print(f"{plan.endpoint.name}: {replies}{cost}")
        if asked:
            print(f"replies are kept in {plan.store.folder}; delete them there to ask again")


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
    parts, complete = [], []
    for corpus in ASKED:
        for template in annotate_params.prompts.of(corpus):
            requests = [
                request for request in plan.requests if (request.corpus, request.template) == (corpus, template)
            ]
            unanswered = [request for request in requests if request.key in missing_keys]
            if unanswered:
                parts.append(
                    f"{len(unanswered)} of {len(requests)} {corpus} replies to prompts/{template}.txt "
                    f"(sha256 {unanswered[0].prompt.sha256[:12]})"
                )
                others = " or ".join(_complete_templates(params, plan, requests))
                complete += [f"annotate.prompts.{corpus}: {others}, to which all replies are there"] if others else []
    online = ", ".join(
        name
        for name, annotator in annotate_params.annotators.items()
        if annotator.online and name != plan.endpoint.name
    )
    name, identity = plan.endpoint.name, plan.endpoint.identity
    stored_as = "" if identity == name else f" ({identity})"
    cures = [*complete, "or put the replies under data/recorded/"]
    if online:
        who = "another annotator" if plan.endpoint.annotator.online else "an annotator that can be asked"
        cures.insert(0, f"choose {who} (annotate.annotator: {online})")
    return (
        f"annotate: {listed(parts)} are missing for annotator {name}{stored_as}, and {why}; "
        f"{', '.join(cures).removeprefix('or ')}"
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


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit("python -m tinyner.annotate takes no arguments; see tinyner annotate --help")
    errors.run(alone("annotate", main))
