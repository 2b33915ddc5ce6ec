"""Stage clean: ``python -m tinyner.clean``."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from tinyner import errors
from tinyner.clean.asked_prompts import AskedPrompts
from tinyner.clean.balance import faults
from tinyner.clean.parse import Status, parse_reply
from tinyner.clean.problems import NO_LABELS
from tinyner.clean.summary import Summary
from tinyner.clean.type_names import TypeNames
from tinyner.conservation import Balance, by_sentence
from tinyner.corpora import ASKED, GOLD
from tinyner.files import load, rows_file, sha256_text, write_json
from tinyner.params import Params, load_params
from tinyner.rows import Annotation, Mention, PromptRow, Reply, Sentence, SpanRow, text_of, text_of_words
from tinyner.stage_lock import alone

# Why a server ends a reply that is whole, by OpenAI's name and others'. Any other reason means that it was cut.
_NATURAL_ENDS = {
    "", "stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete", "completed", "end",
    "tool_calls", "tool_call", "tool_use", "function_call",
}  # fmt: skip


def is_cut(reply: Reply) -> bool:
    """Return whether the server stopped a reply before its end: at a length limit, by a filter, by an error."""
    return (reply.get("finish_reason") or "").casefold() not in _NATURAL_ENDS


def annotation_of(
    reply: Reply, sentence: Sentence, params: Params, names: TypeNames, prompts: AskedPrompts
) -> Annotation:
    """Return the row of one reply to a sentence."""
    if "spans" in reply:
        return _of_file(reply, reply["spans"], sentence)
    status, mentions, problems = parse_reply(
        reply["reply"],
        sentence["words"],
        names,
        text=sentence.get("text"),
        labels=prompts.labels,
        template=prompts.templates.get(reply["prompt_sha256"], ""),
        bare=params.annotate.output != "text",
        cut=is_cut(reply),
        keep_truncated=params.clean.truncated == "keep",
    )
    return {
        "id": reply["id"],
        "prompt_sha256": reply["prompt_sha256"],
        "status": status.value,
        "mentions": [{"type": label, "text": text} for label, text in mentions],
        "problems": problems,
    }


def _of_file(reply: Reply, spans: Sequence[SpanRow] | None, sentence: Sentence) -> Annotation:
    """Return the row of an answer from a file of labels, where spans need no reading; None fails."""
    mentions: list[Mention] = [
        {
            "type": span["label"],
            "text": text_of_words(sentence, span["start"], span["end"]),
            "span": [span["start"], span["end"]],
        }
        for span in spans or ()
    ]
    return {
        "id": reply["id"],
        "annotator": reply["annotator"],
        "prompt_sha256": reply["prompt_sha256"],
        "status": (Status.FAILED if spans is None else Status.OK).value,
        "mentions": mentions,
        "problems": [NO_LABELS] if spans is None else [],
    }


def main() -> None:
    """Clean all replies of every corpus, count how they ended, and name what many of them have.

    A sentence and its replies are in memory at a time.

    Raises:
        UserError: if more replies failed than ``clean.max_failed`` allows, one is to no prepared sentence or to other
            words than it has, or a sentence has none; no file is written then.
    """
    params = load_params()
    names = TypeNames(params.types)
    templates: list[PromptRow] = load("data/annotated/prompts.jsonl")
    prompts = AskedPrompts({row["prompt_sha256"]: row["template"] for row in templates})
    # Those to gold sentences are counted by themselves, as no example comes of them.
    summary, of_gold = Summary(), Summary()
    with ExitStack() as stack:
        for corpus in ASKED:
            write = stack.enter_context(rows_file(Path(f"data/cleaned/{corpus}.jsonl")))
            _clean(corpus, params, names, prompts, write=write, summary=of_gold if corpus == GOLD else summary)
        summary.check_failed(params.clean.max_failed)
    metrics = {
        **{status.value: summary.statuses[status.value] for status in Status},
        "problems": dict(sorted(summary.problems.items())),
        "rows": [{"mentions": summary.mentions, "empty": summary.empty}],
    }
    write_json(Path("metrics/clean.json"), metrics)
    for line in (summary.count_line(), *summary.alarms()):
        print(line)
    if of_gold.replies:
        print(f"to gold sentences: {of_gold.count_line()}")


def _clean(
    corpus: str,
    params: Params,
    names: TypeNames,
    prompts: AskedPrompts,
    *,
    write: Callable[[Annotation], None],
    summary: Summary,
) -> None:
    """Write the rows of a corpus, and check that they are those of its replies."""
    balance, replies_read, written = Balance("clean"), 0, 0
    replies_path = Path(f"data/annotated/{corpus}.jsonl")
    for sentence, replies in by_sentence("clean", Path(ASKED[corpus]), replies_path, "annotate", some=corpus == GOLD):
        text_sha256 = sha256_text(text_of(sentence))
        for reply in replies:
            replies_read += 1
            if reply["text_sha256"] != text_sha256:
                what = f"replies of {replies_path} to other words than {ASKED[corpus]} has"
                balance.add(what, reply["id"], "run `dvc repro annotate`")
                continue
            annotation = annotation_of(reply, sentence, params, names, prompts)
            phrases = list(faults(reply, annotation))
            if phrases:
                balance.add_all(phrases, sentence["id"])
                continue
            write(annotation)
            written += 1
            summary.add(annotation, reply)
    balance.expect(f"the replies of {replies_path}", replies_read, written)


if __name__ == "__main__":
    errors.run(alone("clean", main))
