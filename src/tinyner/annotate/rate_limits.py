"""How fast to ask: token buckets of requests and of tokens, whose rates come from the provider's headers and 429s.

A bucket holds at most one second's worth, however much the limit allows in a minute, since providers enforce
limits per minute over shorter spans as well. Where no header states a limit, the rate is learned: each refusal
(HTTP 429) slows it down, each success speeds it up a little (additive increase, multiplicative decrease).
"""

import asyncio
import math
import random
import re
import time
from collections.abc import Callable, Mapping

Clock = Callable[[], float]
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MINUTE = 60.0
_BACKOFF, _LONGEST = 0.5, 30.0  # seconds: before the first retry, doubled each time, and at most
_RECENT = 5.0  # seconds over which the current rate is measured
_SLOWER, _FASTER = 0.7, 0.05  # factor for a refusal; share of the rate that a second of successes adds
_SLOWEST = 1 / _MINUTE  # requests a second: refusals lower the rate no further


def seconds(text: str) -> float | None:
    """Return the seconds of a duration as headers have it, None where it is none.

    >>> seconds("1m30.5s"), seconds("20ms"), seconds("7"), seconds("soon")
    (90.5, 0.02, 7.0, None)
    """
    try:
        number = float(text)
        return max(0.0, number) if math.isfinite(number) else None
    except ValueError:
        parts = _DURATION.findall(text)
        return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else None


def backoff(attempt: int) -> float:
    """Return the jittered seconds to wait before the next try; ``attempt`` counts from 0 and doubles them."""
    return min(_LONGEST, _BACKOFF * 2.0 ** min(attempt, 16)) * random.uniform(0.5, 1.5)


class Bucket:
    """A token bucket: ``rate`` units a second, at most ``capacity`` saved up. A rate of None is no limit."""

    def __init__(self, per_minute: float | None, clock: Clock = time.monotonic) -> None:
        """Start with a limit from params.yaml; one that is learned can only lower it."""
        self.set_rate = per_minute / _MINUTE if per_minute else None
        self.rate = self.set_rate
        self._clock = clock
        self._level, self._at = 0.0, clock()

    @property
    def capacity(self) -> float:
        """A second's worth, at least one unit."""
        return max(1.0, self.rate or 1.0)

    def limit(self, rate: float, level: float | None = None) -> None:
        """Keep to ``rate`` units a second from now on; ``level`` units may be taken at once."""
        rate = min(rate, self.set_rate or rate)
        if self.rate is None:
            self._level = min(level if level is not None else rate / 2, rate / 2)
            self._at = self._clock()
        self.rate = rate

    def wait(self, units: float) -> float:
        """Return the seconds until so many units may be taken."""
        if self.rate is None:
            return 0.0
        now = self._clock()
        self._level = min(self.capacity, self._level + (now - self._at) * self.rate)
        self._at = now
        needed = min(units, self.capacity)  # what exceeds the bucket is paid off afterwards
        return max(0.0, (needed - self._level) / self.rate)

    def take(self, units: float) -> None:
        """Take so many units; the level may fall below zero."""
        if self.rate is not None:
            self._level -= units


class RateLimiter:
    """Lets requests pass no faster than the limits in params.yaml and those that were learned."""

    def __init__(
        self,
        requests_per_minute: float | None,
        tokens_per_minute: float | None,
        clock: Clock = time.monotonic,
        share: int = 1,
    ) -> None:
        """Start with the limits of params.yaml, None where they are to be learned.

        Args:
            requests_per_minute: the limit of requests.
            tokens_per_minute: the limit of tokens.
            clock: seconds, monotonic.
            share: the number of limiters that divide all limits among them.
        """
        limits = [limit and limit / share for limit in (requests_per_minute, tokens_per_minute)]
        self._requests, self._tokens = (Bucket(limit, clock) for limit in limits)
        self._clock, self._share = clock, share
        self._paused_until = 0.0
        self._limit_in_headers = False
        self._passed: list[float] = []  # when the last requests passed
        self._raised = 0.0  # when the rate last went up
        self._lowered = 0.0  # when it last went down
        self.begin()

    def begin(self) -> None:
        """Serve another event loop, keeping what was learned."""
        self._turn = asyncio.Lock()

    async def acquire(self, tokens: float) -> None:
        """Wait until a request of so many tokens may pass, and count it."""
        async with self._turn:
            while (wait := self.wait(tokens)) > 0:
                await asyncio.sleep(wait)
            self.passed(tokens)

    def wait(self, tokens: float) -> float:
        """Return the seconds until a request of so many tokens may pass."""
        return max(0.0, self._paused_until - self._clock(), self._requests.wait(1.0), self._tokens.wait(tokens))

    def passed(self, tokens: float) -> None:
        """Count a request that passes."""
        self._requests.take(1.0)
        self._tokens.take(tokens)
        self._passed.append(self._clock())
        if len(self._passed) > 2048:
            del self._passed[:1024]

    def learn(self, headers: Mapping[str, str]) -> None:
        """Learn the limits from a response's headers, as OpenAI and many others send them."""
        for kind, bucket in (("requests", self._requests), ("tokens", self._tokens)):
            limit = seconds(headers.get(f"x-ratelimit-limit-{kind}", ""))
            if not limit:
                continue
            remaining = seconds(headers.get(f"x-ratelimit-remaining-{kind}", ""))
            reset = seconds(headers.get(f"x-ratelimit-reset-{kind}", ""))
            # The time in which what was used comes back distinguishes a limit per minute from one per day.
            used = limit - remaining if remaining is not None else 0.0
            is_daily = bool(reset and used > 0 and limit / (used / reset) > 60 * _MINUTE)
            if not is_daily:
                self._limit_in_headers = self._limit_in_headers or kind == "requests"
                level = remaining / self._share if remaining is not None else None
                bucket.limit(limit / _MINUTE / self._share, level)
            if remaining is not None and remaining < 1 and reset:
                self.pause(reset)

    def refused(self, wait: float | None) -> None:
        """Handle a 429: pause all requests for ``wait`` seconds, and without a limit from headers lower the rate."""
        now = self._clock()
        if wait:
            self.pause(wait)
        if not self._limit_in_headers and now - self._lowered > 1.0:  # once for all that were in flight
            recent = [at for at in self._passed if at > now - _RECENT]
            rate = self._requests.rate or len(recent) / max(1.0, min(_RECENT, now - self._passed[0]))
            self._requests.limit(max(rate * _SLOWER, _SLOWEST))
            self._lowered = self._raised = now

    def succeeded(self) -> None:
        """Handle a reply: raise a rate that refusals lowered, a little."""
        now = self._clock()
        if self._lowered and not self._limit_in_headers and self._requests.rate and now - self._raised > 1.0:
            self._requests.limit(self._requests.rate * (1 + _FASTER) + min(0.1, 0.2 * self._requests.rate))
            self._raised = now

    @property
    def pause_left(self) -> float:
        """Seconds for which nothing passes."""
        return max(0.0, self._paused_until - self._clock())

    def pause(self, wait: float) -> None:
        """Let nothing pass for ``wait`` seconds."""
        self._paused_until = max(self._paused_until, self._clock() + wait)
