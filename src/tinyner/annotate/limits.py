"""How fast to ask: token buckets of requests and of tokens, whose rates the provider's headers teach.

A bucket holds at most one second's worth, whatever the minute may hold, since providers enforce a limit
a minute over shorter spans as well. Where no header tells, refusals do: each slows the rate down, each
success speeds it up a little (additive increase, multiplicative decrease).
"""

import asyncio
import math
import random
import re
import time
from collections.abc import Callable, Mapping

Clock = Callable[[], float]
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MINUTE = 60.0
_BACKOFF, _LONGEST = 0.5, 30.0  # seconds: before the first retry, doubled each time, and at most
_RECENT = 5.0  # seconds over which the pace is looked at
_SLOWER, _FASTER = 0.7, 0.05  # factor of a refusal; share of the rate that a second of successes adds
_SLOWEST = 1 / _MINUTE  # that refusals teach, a second


def seconds(text: str) -> float | None:
    """A span of time as headers have it.

    >>> seconds("1m30.5s"), seconds("20ms"), seconds("7"), seconds("soon")
    (90.5, 0.02, 7.0, None)
    """
    try:
        number = float(text)
        return max(0.0, number) if math.isfinite(number) else None
    except ValueError:
        parts = _SPAN.findall(text)
        return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else None


def backoff(attempt: int) -> float:
    """Seconds before another try, jittered: longer with each attempt, from 0 on."""
    return min(_LONGEST, _BACKOFF * 2.0 ** min(attempt, 16)) * random.uniform(0.5, 1.5)


class Bucket:
    """``rate`` units a second, at most ``capacity`` saved up; None: no limit known."""

    def __init__(self, a_minute: float | None, clock: Clock = time.monotonic) -> None:
        """A set limit; a learned one can only lower it."""
        self.set_rate = a_minute / _MINUTE if a_minute else None
        self.rate = self.set_rate
        self._clock = clock
        self._level, self._at = 0.0, clock()

    @property
    def capacity(self) -> float:
        """A second's worth, and at least one unit."""
        return max(1.0, self.rate or 1.0)

    def limit(self, rate: float, level: float | None = None) -> None:
        """Keep to ``rate`` a second from now on; ``level`` is what may be taken at once."""
        rate = min(rate, self.set_rate or rate)
        if self.rate is None:
            self._level = min(level if level is not None else rate / 2, rate / 2)
            self._at = self._clock()
        self.rate = rate

    def wait(self, units: float) -> float:
        """Seconds until so many units may be taken."""
        if self.rate is None:
            return 0.0
        now = self._clock()
        self._level = min(self.capacity, self._level + (now - self._at) * self.rate)
        self._at = now
        wanted = min(units, self.capacity)  # one that is larger than the bucket is paid off afterwards
        return max(0.0, (wanted - self._level) / self.rate)

    def take(self, units: float) -> None:
        """Take them; the level may fall below nothing."""
        if self.rate is not None:
            self._level -= units


class Limiter:
    """Lets requests pass no faster than the limits that are set or known."""

    def __init__(
        self,
        requests_per_minute: float | None,
        tokens_per_minute: float | None,
        clock: Clock = time.monotonic,
        share: int = 1,
    ) -> None:
        """What params.yaml sets; None: to be learned. ``share``: so many limiters part all limits."""
        limits = [limit and limit / share for limit in (requests_per_minute, tokens_per_minute)]
        self._requests, self._tokens = (Bucket(limit, clock) for limit in limits)
        self._clock, self._share = clock, share
        self._until = 0.0  # all wait until then
        self._told = False  # by headers
        self._passed: list[float] = []  # when the last requests went
        self._raised = 0.0
        self._lowered = 0.0
        self.begin()

    def begin(self) -> None:
        """Serve the event loop of another run, with all that was learned."""
        self._turn = asyncio.Lock()

    async def acquire(self, tokens: float) -> None:
        """Wait for one's turn."""
        async with self._turn:
            while (wait := self.wait(tokens)) > 0:
                await asyncio.sleep(wait)
            self.passed(tokens)

    def wait(self, tokens: float) -> float:
        """Seconds until a request may pass."""
        return max(0.0, self._until - self._clock(), self._requests.wait(1.0), self._tokens.wait(tokens))

    def passed(self, tokens: float) -> None:
        """A request passes."""
        self._requests.take(1.0)
        self._tokens.take(tokens)
        self._passed.append(self._clock())
        if len(self._passed) > 2048:
            del self._passed[:1024]

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take the limits from a response's headers, as OpenAI and many others send them."""
        for kind, bucket in (("requests", self._requests), ("tokens", self._tokens)):
            limit = seconds(headers.get(f"x-ratelimit-limit-{kind}", ""))
            if not limit:
                continue
            remaining = seconds(headers.get(f"x-ratelimit-remaining-{kind}", ""))
            reset = seconds(headers.get(f"x-ratelimit-reset-{kind}", ""))
            # The time in which what was used comes back tells a limit a minute from one a day.
            used = limit - remaining if remaining is not None else 0.0
            a_day = bool(reset and used > 0 and limit / (used / reset) > 60 * _MINUTE)
            if not a_day:
                self._told = self._told or kind == "requests"
                level = remaining / self._share if remaining is not None else None
                bucket.limit(limit / _MINUTE / self._share, level)
            if remaining is not None and remaining < 1 and reset:
                self.pause(reset)

    def refused(self, wait: float | None) -> None:
        """A 429: all wait as long as it asks; without a limit from headers the rate goes down."""
        now = self._clock()
        if wait:
            self.pause(wait)
        if not self._told and now - self._lowered > 1.0:  # once for all that were under way
            recent = [at for at in self._passed if at > now - _RECENT]
            rate = self._requests.rate or len(recent) / max(1.0, min(_RECENT, now - self._passed[0]))
            self._requests.limit(max(rate * _SLOWER, _SLOWEST))
            self._lowered = self._raised = now

    def succeeded(self) -> None:
        """A reply: a rate that refusals taught goes up again, a little."""
        now = self._clock()
        if self._lowered and not self._told and self._requests.rate and now - self._raised > 1.0:
            self._requests.limit(self._requests.rate * (1 + _FASTER) + min(0.1, 0.2 * self._requests.rate))
            self._raised = now

    @property
    def held(self) -> float:
        """Seconds for which the server lets nothing pass."""
        return max(0.0, self._until - self._clock())

    def pause(self, wait: float) -> None:
        """Let nothing pass for so many seconds."""
        self._until = max(self._until, self._clock() + wait)
