"""The pace of requests, on a clock of the test's own."""

import pytest

from tinyner.annotate.rate_limits import RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def passes(limiter: RateLimiter, clock: Clock, seconds: float, tokens: float = 1.0) -> list[float]:
    """Return when requests pass, if some are always waiting."""
    begun, times = clock.now, list[float]()
    while True:
        wait = limiter.wait(tokens)
        if clock.now + wait > begun + seconds:
            clock.now = begun + seconds
            return times
        clock.now += wait
        limiter.passed(tokens)
        times.append(clock.now - begun)
        if len(times) > 100_000:
            pytest.fail("nothing holds it back")


def headers(limit: float, remaining: float, reset: str, kind: str = "requests") -> dict[str, str]:
    values = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-ratelimit-{name}-{kind}": str(value) for name, value in values.items()}


def test_a_set_limit_is_kept_and_never_saved_up_beyond_a_second() -> None:
    clock = Clock()
    limiter = RateLimiter(600, None, clock)
    clock.now += 3600  # idle for an hour
    times = passes(limiter, clock, 60)
    assert len(times) == pytest.approx(10 + 600, abs=1)
    for begin in range(55):
        assert sum(begin <= time < begin + 1 for time in times[10:]) <= 11


def test_a_limit_in_the_headers_is_learned_and_a_set_one_can_only_be_lower() -> None:
    clock = Clock()
    learned, lower = RateLimiter(None, None, clock), RateLimiter(60, None, clock)
    assert learned.wait(1.0) == 0.0
    for limiter in (learned, lower):
        limiter.learn(headers(600, 599, "100ms"))
    assert len(passes(learned, clock, 60)) == pytest.approx(605, abs=2)  # what may be taken at once is half a second's
    assert len(passes(lower, clock, 60)) == pytest.approx(61, abs=1)


def test_a_limit_a_day_is_no_pace() -> None:
    clock = Clock()
    limiter = RateLimiter(None, None, clock)
    limiter.learn(headers(10_000, 9_999, "8.64s"))
    assert limiter.wait(1.0) == 0.0
    limiter.learn(headers(10_000, 0, "1h0m0s"))  # until it is used up
    assert limiter.wait(1.0) == 3600.0


def test_tokens_hold_requests_back() -> None:
    clock = Clock()
    limiter = RateLimiter(None, 60_000, clock)
    assert len(passes(limiter, clock, 60, tokens=2000)) == pytest.approx(30, abs=1)  # one is larger than the bucket
    limiter = RateLimiter(None, None, clock)
    limiter.learn(headers(60_000, 60_000, "0s", "tokens"))
    assert len(passes(limiter, clock, 60, tokens=100)) == pytest.approx(600, abs=10)


def test_all_wait_as_long_as_a_refusal_asks() -> None:
    clock = Clock()
    limiter = RateLimiter(None, None, clock)
    limiter.passed(1.0)
    limiter.refused(7.0)
    assert limiter.wait(1.0) == 7.0
    limiter.refused(2.0)
    assert limiter.wait(1.0) == 7.0


def test_without_headers_refusals_teach_the_pace() -> None:
    clock = Clock()
    limiter = RateLimiter(None, None, clock)
    for _ in range(100):  # a hundred a second are too many
        limiter.passed(1.0)
        clock.now += 0.01
    limiter.refused(None)
    limiter.refused(None)  # of the same moment: counts once
    after = len(passes(limiter, clock, 10))
    assert after == pytest.approx(700, abs=40)
    for _ in range(20):
        clock.now += 1.5
        limiter.succeeded()
    assert len(passes(limiter, clock, 10)) > 1.5 * after
    limiter.learn(headers(6_000, 5_999, "10ms"))
    limiter.refused(None)  # headers tell better
    assert len(passes(limiter, clock, 10)) == pytest.approx(1000, abs=101)


def test_a_limit_a_day_in_the_headers_leaves_the_pace_to_refusals() -> None:
    clock = Clock()
    limiter = RateLimiter(None, None, clock)
    for _ in range(100):
        limiter.learn(headers(10_000, 9_000, "8640s"))
        limiter.passed(1.0)
        clock.now += 0.01
    limiter.refused(None)
    assert len(passes(limiter, clock, 10)) == pytest.approx(700, abs=40)


def test_refusals_teach_a_pace_of_few_a_minute() -> None:
    clock = Clock()
    limiter = RateLimiter(None, None, clock)
    limiter.passed(1.0)
    for _ in range(20):
        clock.now += 2.0
        limiter.refused(None)
    assert 1 <= len(passes(limiter, clock, 60)) <= 3
    limiter.succeeded()
    assert len(passes(limiter, clock, 60)) <= 3


def test_limiters_that_share_a_limit_keep_it_together() -> None:
    clock = Clock()
    limiter = RateLimiter(None, None, clock, share=3)
    limiter.learn(headers(600, 599, "100ms"))
    assert len(passes(limiter, clock, 60)) == pytest.approx(200, abs=3)
    assert len(passes(RateLimiter(300, None, clock, share=5), clock, 60)) == pytest.approx(60, abs=2)
