"""Stage annotate: ``python -m tinyner.annotate``."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tinyner import errors, params, prompts
from tinyner.annotate.ask import Asker, obstacle
from tinyner.annotate.store import ReplyStore, identity
from tinyner.corpora import CORPORA
from tinyner.errors import UserError
from tinyner.params import Annotate
from tinyner.progress import board
from tinyner.prompts import Template
from tinyner.rows import Reply, Sentence, load, sha256_text, text_of, write_json, write_rows

ANNOTATED = Path("data/annotated")


def main() -> None:
    """Take every reply from the store, ask for the missing ones, and write them in the sentences' order."""
    everything = params.load()
    knobs = everything.annotate
    annotator = knobs.annotators[knobs.annotator]
    sentences: dict[str, list[Sentence]] = {corpus: load(path) for corpus, path in CORPORA.items()}
    templates = {corpus: prompts.load(getattr(knobs.prompts, corpus)) for corpus in CORPORA}
    # A store a prompt, not a corpus: what one corpus has been answered serves the other, and is read once.
    by_prompt = {key: ReplyStore(identity(annotator), key) for key in {one.sha256 for one in templates.values()}}
    stores = {corpus: by_prompt[template.sha256] for corpus, template in templates.items()}
    missing = {
        corpus: [row for row in rows if stores[corpus].get(text_of(row)) is None] for corpus, rows in sentences.items()
    }
    asked = len({(templates[corpus].sha256, text_of(row)) for corpus, rows in missing.items() for row in rows})
    if asked:
        _check_askable(knobs, missing, sentences, templates)
        _check_types(everything.types, [templates[corpus] for corpus in CORPORA if missing[corpus]])
        _ask(knobs, missing, templates, stores)
    replies = {corpus: [_reply(row, stores[corpus]) for row in sentences[corpus]] for corpus in CORPORA}
    for corpus in CORPORA:
        write_rows(ANNOTATED / f"{corpus}.jsonl", replies[corpus])
    rows = [row for corpus in CORPORA for row in replies[corpus]]
    metrics = {
        "requests": asked,
        "replies": [
            {
                "cached": len(rows) - asked,
                "failures": sum(not row["reply"].strip() for row in rows),
                "prompt_tokens": sum(row.get("prompt_tokens", 0) for row in rows),
                "completion_tokens": sum(row.get("completion_tokens", 0) for row in rows),
            }
        ],
    }
    write_json(Path("metrics/annotate.json"), metrics)
    print(f"{knobs.annotator}: {len(rows)} replies, {len(rows) - asked} from the store, {asked} asked for")
    if asked:
        print(f"replies are kept in {stores['conll'].path.parent}; delete them there to ask again")


def _check_askable(
    knobs: Annotate,
    missing: dict[str, list[Sentence]],
    sentences: dict[str, list[Sentence]],
    templates: dict[str, Template],
) -> None:
    """Refuse, where replies are missing and nobody can be asked for them."""
    annotator = knobs.annotators[knobs.annotator]
    why = obstacle(annotator)
    if why is None:
        return
    known = {name: ReplyStore(identity(annotator), template.sha256) for name, template in prompts.load_all().items()}
    parts = []
    for corpus, rows in missing.items():
        if rows:
            complete = [
                name for name, store in known.items() if all(store.get(text_of(row)) for row in sentences[corpus])
            ]
            parts.append(
                f"{len(rows)} of {len(sentences[corpus])} {corpus} replies to {templates[corpus].path} "
                f"(sha256 {templates[corpus].sha256[:12]}; complete are those to: {', '.join(complete) or 'no prompt'})"
            )
    online = ", ".join(name for name, other in knobs.annotators.items() if other.online and name != knobs.annotator)
    raise UserError(
        f"annotate: {' and '.join(parts)} are missing for annotator {knobs.annotator} "
        f"({identity(annotator)}), and {why}; "
        f"or choose another with annotate.annotator ({online}), or put replies under data/recorded/"
    )


def _check_types(types: Mapping[str, Sequence[str]], templates: Sequence[Template]) -> None:
    """Refuse to pay for replies to a prompt that was written for other types."""
    for template in templates:
        text = template.text.casefold()
        if not any(name.casefold() in text for label, others in types.items() for name in (label, *others)):
            raise UserError(f"{template.path}: names none of the types in params.yaml ({', '.join(types)})")


def _ask(
    knobs: Annotate,
    missing: dict[str, list[Sentence]],
    templates: dict[str, Template],
    stores: dict[str, ReplyStore],
) -> None:
    asker = Asker(knobs.annotator, knobs.annotators[knobs.annotator])
    for store in stores.values():
        store.check_writable()
    left = sum(map(len, missing.values()))
    with board() as shown:
        for corpus, rows in missing.items():
            task = shown.task(f"asking {knobs.annotator}, {corpus}", len(rows))
            store, template = stores[corpus], templates[corpus]
            for row in rows:
                if store.get(text_of(row)) is None:  # the same text may stand twice in a corpus
                    try:
                        answer = asker.ask(template.fill(row))
                    except UserError as error:
                        raise UserError(f"{error}; {left} replies are left, run again to go on") from None
                    reply: Reply = {
                        "id": row["id"],
                        "text_sha256": sha256_text(text_of(row)),
                        "annotator": store.annotator,
                        "prompt_sha256": template.sha256,
                        "reply": answer.text,
                        "finish_reason": answer.finish_reason,
                    }
                    if answer.prompt_tokens is not None:
                        reply["prompt_tokens"] = answer.prompt_tokens
                    if answer.completion_tokens is not None:
                        reply["completion_tokens"] = answer.completion_tokens
                    store.put(reply)
                left -= 1
                task.step()


def _reply(sentence: Sentence, store: ReplyStore) -> Reply:
    reply = store.get(text_of(sentence))
    assert reply is not None  # asked for above
    return {**reply, "id": sentence["id"]}  # another sentence may have the same text


if __name__ == "__main__":
    errors.run(main)
