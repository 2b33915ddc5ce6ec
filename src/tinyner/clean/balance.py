"""What the row of a reply has to agree with: one row a reply, no mention of a failed one, every span of a file."""

from collections.abc import Iterator

from tinyner.clean.parse import Status
from tinyner.rows import Annotation, Reply

_STATUSES = frozenset(Status)


def faults(reply: Reply, annotation: Annotation) -> Iterator[str]:
    """Yield what does not add up between a reply and its row, as ``conservation.Balance`` counts it."""
    if (annotation["id"], annotation["prompt_sha256"]) != (reply["id"], reply["prompt_sha256"]):
        yield "replies whose row is of another sentence or prompt"
    if annotation["status"] not in _STATUSES:
        yield "replies that neither can be read nor failed"
    is_failed = annotation["status"] == Status.FAILED
    if is_failed and (annotation["mentions"] or not annotation["problems"]):
        yield "failed replies with mentions, or without a reason"
    if "spans" in reply:
        spans = reply["spans"]
        if is_failed != (spans is None):
            yield "sentences that a file labels and stage clean counts as failed, or the other way round"
        labels = [(span["label"], [span["start"], span["end"]]) for span in spans or ()]
        if labels != [(mention["type"], mention.get("span")) for mention in annotation["mentions"]]:
            yield "sentences whose mentions are not the spans of the file of labels"
