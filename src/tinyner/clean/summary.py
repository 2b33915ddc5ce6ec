"""What the stage prints: how replies ended, what many of them have, and why too many failed."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tinyner.clean.parse import Status
from tinyner.clean.problems import NO_LABELS, explained
from tinyner.errors import UserError
from tinyner.rows import Annotation, Reply

_ALARM_SHARE = 0.05  # of the replies; a problem that more have is a habit of the model
_IDS_SHOWN = 3
_REPLY_LENGTH = 200  # characters of a failed reply that are shown
_MOST = 0.5  # a larger share of failed replies is no matter of the limit


def count_line(annotations: Sequence[Annotation]) -> str:
    """Return how many replies ended in which way."""
    counts = Counter(annotation["status"] for annotation in annotations)
    ends = ", ".join(f"{status.value} {counts[status.value]}" for status in Status)
    return f"{len(annotations)} replies: {ends}; empty (read, without an entity) {empty_count(annotations)}"


def empty_count(annotations: Sequence[Annotation]) -> int:
    """Return how many replies were read, and name no entity."""
    return sum(not annotation["mentions"] for annotation in annotations if annotation["status"] != Status.FAILED)


def alarms(annotations: Sequence[Annotation]) -> list[str]:
    """Return a line for each problem that many replies have, with what it means and the first ids."""
    ids: dict[tuple[bool, str], list[str]] = {}
    for annotation in annotations:
        for problem in annotation["problems"]:
            ids.setdefault((annotation["status"] == Status.FAILED, problem), []).append(annotation["id"])
    often = [(key, having) for key, having in ids.items() if len(having) > _ALARM_SHARE * len(annotations)]
    return [
        f"warning: {len(having) / len(annotations):.0%} of the replies {'failed' if failed else 'were repaired'}: "
        f"{explained(problem, failed=failed)}, for example {', '.join(list(dict.fromkeys(having))[:_IDS_SHOWN])}"
        for (failed, problem), having in sorted(often, key=lambda item: -len(item[1]))
    ]


def check_failed(annotations: Sequence[Annotation], replies: Sequence[Reply], max_failed: float) -> None:
    """Print why replies failed if too many did, with the beginning of one, and stop the stage.

    Args:
        annotations: one for each reply, in the order of ``replies``.
        replies: to which the annotations belong.
        max_failed: the share of them that may fail.

    Raises:
        UserError: if more failed.
    """
    failed = [
        (annotation["problems"][0], reply)
        for annotation, reply in zip(annotations, replies, strict=True)
        if annotation["status"] == Status.FAILED
    ]
    if not failed or len(failed) <= max_failed * len(annotations):
        return
    for line in (count_line(annotations), *alarms(annotations), *failed_example(failed)):
        print(line)
    problem, _ = Counter(problem for problem, _ in failed).most_common(1)[0]
    raise UserError(
        f"{len(failed)} of {len(annotations)} replies failed, more than clean.max_failed ({max_failed:g}) allows; "
        f"the lines above say why, data/annotated has the replies; {_advice(problem, len(failed) / len(annotations))}"
    )


def failed_example(failed: Sequence[tuple[str, Reply]]) -> Iterator[str]:
    """Yield a line with the beginning of a reply, the first one with the problem that most have and a text.

    Args:
        failed: each failed reply and its problem.
    """
    often = dict(Counter(problem for problem, _ in failed).most_common())
    with_text = [(problem, reply) for problem, reply in failed if reply["reply"].strip()]
    if with_text:
        problem, reply = max(with_text, key=lambda item: often[item[0]])  # of several, the first
        yield f"the failed reply to {reply['id']} ({problem}): {shortened(reply['reply'], _REPLY_LENGTH)}"


def shortened(reply: str, length: int) -> str:
    """Return a reply as a line without control characters, cut to ``length`` characters.

    >>> shortened("I can't\\n help.", 200), shortened("abcdef", 3), shortened(" ", 3)
    ("I can't help.", 'abc ... (6 characters)', '(empty)')
    """
    line = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in " ".join(reply.split()))
    return (line if len(line) <= length else f"{line[:length]} ... ({len(line)} characters)") or "(empty)"


def _advice(problem: str, share: float) -> str:
    if problem == NO_LABELS:
        return "label more sentences, or raise the limit if only a part of them is meant to have labels"
    mend = "mend the prompt or choose another annotator"
    return f"{mend}, and try a few replies with: tinyner pilot" if share >= _MOST else f"{mend}, or raise the limit"
