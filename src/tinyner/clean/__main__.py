"""Stage clean: ``python -m tinyner.clean``."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from tinyner import errors
from tinyner.clean.answer_part import label_of
from tinyner.clean.parse import Status, parse_reply
from tinyner.clean.problems import NO_LABELS
from tinyner.clean.summary import alarms, check_failed, count_line, empty_count
from tinyner.clean.type_names import TypeNames
from tinyner.corpora import ASKED, CORPORA, GOLD
from tinyner.errors import UserError
from tinyner.files import load, write_json, write_rows
from tinyner.params import Params, load_params
from tinyner.rows import Annotation, Mention, PromptRow, Reply, Sentence, SpanRow, text_of_words

# Why a server ends a reply that is whole, by OpenAI's name and others'. Any other reason means that it was cut.
_NATURAL_ENDS = {
    "", "stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete", "completed", "end",
    "tool_calls", "tool_call", "tool_use", "function_call",
}  # fmt: skip


def is_cut(reply: Reply) -> bool:
    """Return whether the server stopped a reply before its end: at a length limit, by a filter, by an error."""
    return (reply.get("finish_reason") or "").casefold() not in _NATURAL_ENDS


def annotation_of(
    reply: Reply, sentence: Sentence, params: Params, names: TypeNames, labels: Collection[str]
) -> Annotation:
    """Return the row of one reply to a sentence."""
    if "spans" in reply:
        return _of_file(reply, reply["spans"], sentence)
    status, mentions, problems = parse_reply(
        reply["reply"],
        sentence["words"],
        names,
        text=sentence.get("text"),
        labels=labels,
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

    Raises:
        UserError: if more replies failed than ``clean.max_failed`` allows, or one is to no prepared sentence; nothing
            is written then.
    """
    params = load_params()
    names = TypeNames(params.types)
    templates: list[PromptRow] = load("data/annotated/prompts.jsonl")
    labels = {label for row in templates if (label := label_of(row["template"]))}
    by_corpus: dict[str, list[Annotation]] = {}
    all_replies: list[Reply] = []
    for corpus, path in ASKED.items():
        sentences: dict[str, Sentence] = {sentence["id"]: sentence for sentence in load(path)}
        replies: list[Reply] = load(f"data/annotated/{corpus}.jsonl")
        strange = next((reply["id"] for reply in replies if reply["id"] not in sentences), None)
        if strange is not None:
            raise UserError(
                f"data/annotated/{corpus}.jsonl: {strange} is no sentence of {path}; run `dvc repro annotate`"
            )
        by_corpus[corpus] = [annotation_of(reply, sentences[reply["id"]], params, names, labels) for reply in replies]
        if corpus in CORPORA:
            all_replies += replies
    # Those to gold sentences are counted by themselves, as no example comes of them.
    annotations = [annotation for corpus in CORPORA for annotation in by_corpus[corpus]]
    check_failed(annotations, all_replies, params.clean.max_failed)
    for corpus, of_corpus in by_corpus.items():
        write_rows(Path(f"data/cleaned/{corpus}.jsonl"), of_corpus)
    counts = Counter(annotation["status"] for annotation in annotations)
    problems = Counter(problem for annotation in annotations for problem in annotation["problems"])
    metrics = {
        **{status.value: counts[status.value] for status in Status},
        "problems": dict(sorted(problems.items())),
        "rows": [
            {
                "mentions": sum(len(annotation["mentions"]) for annotation in annotations),
                "empty": empty_count(annotations),
            }
        ],
    }
    write_json(Path("metrics/clean.json"), metrics)
    for line in (count_line(annotations), *alarms(annotations)):
        print(line)
    if by_corpus[GOLD]:
        print(f"to gold sentences: {count_line(by_corpus[GOLD])}")


if __name__ == "__main__":
    errors.run(main)
