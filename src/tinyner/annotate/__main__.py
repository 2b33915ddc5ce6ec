"""Stage annotate: ``python -m tinyner.annotate``."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tinyner import errors
from tinyner.annotate import templates
from tinyner.annotate.costs import Budget, spent_on
from tinyner.annotate.requests import Plan, Question, plan
from tinyner.annotate.store import Key
from tinyner.corpora import CORPORA
from tinyner.errors import UserError
from tinyner.files import load, write_json, write_rows
from tinyner.params import Params, load_params
from tinyner.progress import board
from tinyner.rows import PromptRow, Reply, Sentence

ANNOTATED = Path("data/annotated")


def main() -> None:
    """Take every reply from the store, ask for the missing ones, and write them in the sentences' order."""
    everything = load_params()
    sentences: dict[str, list[Sentence]] = {corpus: load(path) for corpus, path in CORPORA.items()}
    one = plan(everything, sentences)
    missing = one.missing()
    asked = len(missing)
    if missing:
        check(everything, one, missing)
        with one.store.locked():
            for scope in one.scopes():
                one.store.open(scope)  # whom we waited for may have asked them
            missing = one.missing()
            asked = len(missing)
            if missing:
                _ask(everything, one, missing)
    _write(one, asked)


def _ask(everything: Params, one: Plan, missing: Sequence[Question]) -> None:
    knobs = everything.annotate
    for scope in dict.fromkeys(question.scope for question in missing):
        one.store.check_writable(scope)
    if knobs.mode != "batch":
        from tinyner.annotate.batch_states import check_none  # noqa: PLC0415

        check_none(one, missing, knobs.mode)
    for scope in one.scopes():
        one.store.lose_all(scope)
    budget = Budget(knobs.max_cost_usd, spent_on(one))
    # Each way loads what it needs, so that a run from the store starts at once.
    if knobs.mode == "online":
        from tinyner.annotate.online import ask_online  # noqa: PLC0415

        with board() as shown:
            ask_online(one, knobs, missing, budget, shown)
    elif knobs.mode == "ray":
        from tinyner.annotate.ray_backend import ask_on_ray  # noqa: PLC0415

        with board() as shown:
            ask_on_ray(one, knobs, missing, budget, shown)
    else:
        from tinyner.annotate.batch import ask_in_batches  # noqa: PLC0415

        ask_in_batches(one, knobs, missing, budget)


def check(everything: Params, one: Plan, missing: Sequence[Question]) -> None:
    """Refuse where replies are missing and nobody can be asked for them, or they would be asked in vain.

    Raises:
        UserError: why, and what to do.
    """
    from tinyner.annotate.client import obstacle  # noqa: PLC0415, loads the openai client

    prompts = dict.fromkeys((question.name, question.prompt) for question in missing)
    why = (
        obstacle(one.target.annotator)
        if everything.annotate.mode != "file" or not one.target.annotator.online
        else None
    )
    if why is not None:
        raise UserError(_missing(everything, one, missing, why))
    for name, prompt in prompts:
        text, types = prompt.text.casefold(), everything.types
        if not any(word.casefold() in text for label, others in types.items() for word in (label, *others)):
            raise UserError(f"prompts/{name}.txt: names none of the types in params.yaml ({', '.join(types)})")


def _missing(everything: Params, one: Plan, missing: Sequence[Question], why: str) -> str:
    knobs, gone = everything.annotate, {question.key for question in missing}
    parts = []
    for corpus in CORPORA:
        for name in knobs.prompts.of(corpus):
            every = [row for row in one.questions if (row.corpus, row.name) == (corpus, name)]
            lacking = [row for row in every if row.key in gone]
            if lacking:
                known = ", ".join(_complete(everything, one, every)) or "no prompt"
                parts.append(
                    f"{len(lacking)} of {len(every)} {corpus} replies to prompts/{name}.txt "
                    f"(sha256 {lacking[0].prompt.sha256[:12]}; complete are those to: {known})"
                )
    online = ", ".join(name for name, other in knobs.annotators.items() if other.online and name != knobs.annotator)
    return (
        f"annotate: {' and '.join(parts)} are missing for annotator {knobs.annotator} "
        f"({one.target.identity}), and {why}; "
        f"or choose another with annotate.annotator ({online}), or put replies under data/recorded/"
    )


def _complete(everything: Params, one: Plan, questions: Sequence[Question]) -> list[str]:
    """The prompts to which there are replies to all these sentences."""
    found = []
    for name in templates.names():
        template = templates.load(name)
        if not template.fields:
            sha256 = template.render(everything.types, {}, []).sha256
            one.store.open(sha256)
            if all(one.store.get((sha256, row.text_sha256, row.sample)) for row in questions):
                found.append(name)
    return found


def _write(one: Plan, asked: int) -> None:
    rows: dict[str, list[Reply]] = {corpus: [] for corpus in CORPORA}
    once: dict[Key, tuple[str, Reply]] = {}
    for question, reply in one.rows():
        rows[question.corpus].append({**reply, "id": question.id})  # another sentence may have the same text, ...
        once.setdefault(question.key, (question.corpus, reply))  # ... and its reply was paid for once, for the first
    for corpus in CORPORA:
        write_rows(ANNOTATED / f"{corpus}.jsonl", rows[corpus])
    prompts = {question.prompt.sha256: question.prompt.text for question in one.questions}
    told: list[PromptRow] = [{"prompt_sha256": sha256, "template": text} for sha256, text in prompts.items()]
    write_rows(ANNOTATED / "prompts.jsonl", told)
    every = [row for corpus in CORPORA for row in rows[corpus]]
    priced = [row["cost_usd"] for row in every if "cost_usd" in row]
    metrics: dict[str, object] = {"requests": asked}  # each once, however often it was tried
    if priced:  # what is not known is left out, not 0
        metrics["cost_usd"] = round(spent_on(one), 9)
    metrics["replies"] = [
        {
            "cached": len(once) - asked,
            "failures": sum(not row["reply"].strip() for row in every),
            "prompt_tokens": sum(row.get("prompt_tokens", 0) for _, row in once.values()),
            "cached_tokens": sum(row.get("cached_tokens", 0) for _, row in once.values()),
            "completion_tokens": sum(row.get("completion_tokens", 0) for _, row in once.values()),
        }
    ]
    lost = one.store.lost(one.scopes())
    paid = dict.fromkeys(CORPORA, 0.0)
    for corpus, row in once.values():  # what was lost is parted by replies: its rows do not know of corpora
        paid[corpus] += row.get("cost_usd", 0.0) + lost / len(once)
    metrics["costs"] = [
        {
            "corpus": corpus,
            "replies": len(rows[corpus]),
            "priced": sum("cost_usd" in row for row in rows[corpus]),
            "cost_usd": round(paid[corpus], 9),
        }
        for corpus in CORPORA
    ]
    if lost:
        metrics["costs_of_lost_replies_usd"] = [round(lost, 9)]
    write_json(Path("metrics/annotate.json"), metrics)
    cost = f", {metrics['cost_usd']:.4f} US dollars in all" if priced else ""
    print(f"{one.target.name}: {len(every)} replies, {len(every) - asked} from the store, {asked} asked for{cost}")
    if asked:
        print(f"replies are kept in {one.store.folder}; delete them there to ask again")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit("python -m tinyner.annotate takes no arguments; see tinyner annotate --help")
    errors.run(main)
