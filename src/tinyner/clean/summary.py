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


class Summary:
    """Counts of replies, and examples of them; a reply is not kept, but for one of each problem.

    Attributes:
        replies: how many there are.
        statuses: how many ended in which way.
        problems: how many have each problem.
        mentions: in all of them.
        empty: how many were read, and name no entity.
    """

    def __init__(self) -> None:
        """Begin without replies."""
        self.replies = self.mentions = self.empty = 0
        self.statuses: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self._with: Counter[tuple[bool, str]] = Counter()  # failed or not, and the problem
        self._ids: dict[tuple[bool, str], list[str]] = {}  # the first ones, by the same
        self._failures: Counter[str] = Counter()  # by the first problem
        self._failed: dict[str, Reply] = {}  # the first with a text, by the same

    def add(self, annotation: Annotation, reply: Reply) -> None:
        """Count a reply and its row."""
        failed = annotation["status"] == Status.FAILED
        self.replies += 1
        self.mentions += len(annotation["mentions"])
        self.empty += not failed and not annotation["mentions"]
        self.statuses[annotation["status"]] += 1
        for problem in annotation["problems"]:
            self.problems[problem] += 1
            self._with[failed, problem] += 1
            ids = self._ids.setdefault((failed, problem), [])
            if len(ids) < _IDS_SHOWN and annotation["id"] not in ids:
                ids.append(annotation["id"])
        if failed:
            problem = annotation["problems"][0]
            self._failures[problem] += 1
            if reply["reply"].strip():
                self._failed.setdefault(problem, reply)

    def count_line(self) -> str:
        """Return how many replies ended in which way."""
        ends = ", ".join(f"{status.value} {self.statuses[status.value]}" for status in Status)
        return f"{self.replies} replies: {ends}; empty (read, without an entity) {self.empty}"

    def alarms(self) -> list[str]:
        """Return a line for each problem that many replies have, with what it means and the first ids."""
        often = [(key, count) for key, count in self._with.items() if count > _ALARM_SHARE * self.replies]
        return [
            f"warning: {count / self.replies:.0%} of the replies {'failed' if failed else 'were repaired'}: "
            f"{explained(problem, failed=failed)}, for example {', '.join(self._ids[failed, problem])}"
            for (failed, problem), count in sorted(often, key=lambda item: -item[1])
        ]

    def check_failed(self, max_failed: float) -> None:
        """Print why replies failed if too many did, with the beginning of one, and stop the stage.

        Args:
            max_failed: the share of them that may fail.

        Raises:
            UserError: if more failed.
        """
        failed = self._failures.total()
        if not failed or failed <= max_failed * self.replies:
            return
        for line in (self.count_line(), *self.alarms(), *_example(self._failures, self._failed)):
            print(line)
        problem, _ = self._failures.most_common(1)[0]
        raise UserError(
            f"{failed} of {self.replies} replies failed, more than clean.max_failed ({max_failed:g}) allows; "
            f"the lines above say why, data/annotated has the replies; {_advice(problem, failed / self.replies)}"
        )


def failed_example(failed: Sequence[tuple[str, Reply]]) -> Iterator[str]:
    """Yield a line with the beginning of a reply, the first one with the problem that most have and a text.

    Args:
        failed: each failed reply and its problem.
    """
    first: dict[str, Reply] = {}
    for problem, reply in failed:
        if reply["reply"].strip():
            first.setdefault(problem, reply)
    yield from _example(Counter(problem for problem, _ in failed), first)


def _example(failures: Counter[str], first: dict[str, Reply]) -> Iterator[str]:
    if first:
        problem = max(first, key=lambda problem: failures[problem])  # of several, the first
        yield f"the failed reply to {first[problem]['id']} ({problem}): {shortened(first[problem]['reply'])}"


def shortened(reply: str, length: int = _REPLY_LENGTH) -> str:
    """Return a reply as a line without control characters, cut to ``length`` characters.

    >>> shortened("I can't\\n help."), shortened("abcdef", 3), shortened(" ", 3)
    ("I can't help.", 'abc ... (6 characters)', '(empty)')
    """
    line = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in " ".join(reply.split()))
    return (line if len(line) <= length else f"{line[:length]} ... ({len(line)} characters)") or "(empty)"


def _advice(problem: str, share: float) -> str:
    if problem == NO_LABELS:
        return "label more sentences, or raise the limit if only a part of them is meant to have labels"
    mend = "mend the prompt or choose another annotator"
    return f"{mend}, and try a few replies with: tinyner pilot" if share >= _MOST else f"{mend}, or raise the limit"
