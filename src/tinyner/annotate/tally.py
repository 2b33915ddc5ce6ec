"""Counts of a session's requests so far, and its progress line."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts of a session's requests, and what they cost in US dollars."""

    answered: int = 0
    tokens: int = 0
    usd: float = 0.0
    lost_usd: float = 0.0  # for replies that never came
    refused: int = 0  # 429s
    failed: Counter[str] = field(default_factory=Counter)  # given up, by kind of fault
    stopped: str = ""  # why the session ended early

    def progress(self, total: int, seconds: float, spent_before: float | None) -> str:
        """Return the progress line.

        Args:
            total: the number of requests.
            seconds: how long the session has lasted.
            spent_before: US dollars spent before it began, None where no price is set.
        """
        seconds = max(1e-9, seconds)
        ended = self.answered + self.failed.total()
        parts = [f"{self.failed.total()} failed", f"{self.answered / seconds:.1f}/s", f"{self.tokens:,} tokens"]
        if spent_before is not None:
            spent = spent_before + self.usd + self.lost_usd  # as the cap counts
            projected = spent + self.usd / max(1, self.answered) * (total - ended)
            parts.append(f"${spent:.4f} so far, about ${projected:.4f} in all")
        parts.append(f"{(total - ended) * seconds / max(1, ended):.0f} s left")
        return f"({', '.join(parts)})"

    def failures(self) -> str:
        """Return the number of failures of each kind, the most frequent first."""
        return ", ".join(f"{count} x {kind}" for kind, count in self.failed.most_common())
