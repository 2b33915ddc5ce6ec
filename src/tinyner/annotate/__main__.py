"""Stage annotate: ``python -m tinyner.annotate``."""

from pathlib import Path

from tinyner import errors, params, prompts
from tinyner.annotate.ask import Asker, obstacle
from tinyner.annotate.store import ReplyStore, identity
from tinyner.errors import UserError
from tinyner.params import Annotate
from tinyner.progress import board
from tinyner.prompts import Template
from tinyner.rows import Reply, Sentence, load, sha256_text, text_of, write_json, write_rows

ANNOTATED = Path("data/annotated")
# A corpus of replies, and the sentences it answers.
CORPORA = {"conll": "data/prepared/distilled.jsonl", "bbc": "data/prepared/bbc.jsonl"}


def main() -> None:
    """Take every reply from the store, ask for the missing ones, and write them in the sentences' order."""
    knobs = params.load().annotate
    annotator = knobs.annotators[knobs.annotator]
    sentences: dict[str, list[Sentence]] = {corpus: load(path) for corpus, path in CORPORA.items()}
    templates = {corpus: prompts.load(getattr(knobs.prompts, corpus)) for corpus in CORPORA}
    stores = {corpus: ReplyStore(identity(annotator), template.sha256) for corpus, template in templates.items()}
    missing = {
        corpus: [row for row in rows if stores[corpus].get(text_of(row)) is None] for corpus, rows in sentences.items()
    }
    asked = sum(len({text_of(row) for row in rows}) for rows in missing.values())
    if asked:
        _check_askable(knobs, {corpus: (len(missing[corpus]), len(sentences[corpus])) for corpus in missing}, templates)
        _ask(knobs, missing, templates, stores)
    replies = {corpus: [_reply(row, stores[corpus]) for row in rows] for corpus, rows in sentences.items()}
    for corpus, rows in replies.items():
        write_rows(ANNOTATED / f"{corpus}.jsonl", rows)
    everything = [row for rows in replies.values() for row in rows]
    metrics = {
        "requests": asked,
        "replies": [
            {
                "cached": len(everything) - asked,
                "failures": sum(not row["reply"].strip() for row in everything),
                "prompt_tokens": sum(row.get("prompt_tokens", 0) for row in everything),
                "completion_tokens": sum(row.get("completion_tokens", 0) for row in everything),
            }
        ],
    }
    write_json(Path("metrics/annotate.json"), metrics)
    print(f"{knobs.annotator}: {len(everything)} replies, {len(everything) - asked} from the store, {asked} asked for")


def _check_askable(knobs: Annotate, counts: dict[str, tuple[int, int]], templates: dict[str, Template]) -> None:
    why = obstacle(knobs.annotators[knobs.annotator])
    if why is None:
        return
    parts = [
        f"{missing} of {total} {corpus} replies to {templates[corpus].path} (sha256 {templates[corpus].sha256[:12]})"
        for corpus, (missing, total) in counts.items()
        if missing
    ]
    online = ", ".join(name for name, other in knobs.annotators.items() if other.online and name != knobs.annotator)
    raise UserError(
        f"annotate: {' and '.join(parts)} are missing for annotator {knobs.annotator} "
        f"({identity(knobs.annotators[knobs.annotator])}), and {why}; "
        f"or choose another with annotate.annotator ({online}), or put replies under data/recorded/"
    )


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
