"""Student's t: p-values and critical values, without SciPy at run time.

By the regularised incomplete beta function and its continued fraction (NIST Digital Library of
Mathematical Functions, 8.17.22, evaluated by Lentz's method as in Press et al., *Numerical Recipes*, 6.4).
Held against scipy.stats in the tests, to 1e-10.
"""

import math
from collections.abc import Callable

_TINY = 1e-300  # in Lentz's method: what stands in for a zero divisor


def two_sided_p(t: float, df: float) -> float:
    """The probability that \\|T\\| is at least \\|t\\|, T having ``df`` (> 0, not only whole) degrees of freedom.

    >>> round(two_sided_p(1.0, 1), 12)
    0.5
    """
    return incomplete_beta(df / 2, 0.5, df / (df + t * t), t * t / (df + t * t))


def critical(p: float, df: float) -> float:
    """The t that \\|T\\| reaches with probability ``p``; that of 1 - level is an interval's half width in errors.

    >>> round(critical(0.05, 10), 6)
    2.228139

    Raises:
        ValueError: where ``p`` is not between 0 and 1.
    """
    if not 0 < p < 1:
        raise ValueError(f"expected a probability between 0 and 1, found {p}")

    def excess(log_t: float) -> float:
        return math.log(max(two_sided_p(math.exp(log_t), df), _TINY)) - math.log(p)

    low, high = -1.0, 1.0
    while excess(low) <= 0:
        low *= 2
    while excess(high) > 0:
        high *= 2
    return math.exp(root(excess, low, high))


def root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function, not below 0 at ``low`` and not above it at ``high``, is 0, to 1e-12.

    By Ridders' method (1979, IEEE Transactions on Circuits and Systems 26), which bisects at worst.
    """
    above, below = falling(low), falling(high)
    guess = math.nan
    while True:
        middle, before = (low + high) / 2, guess
        between = falling(middle)
        scale = math.sqrt(between * between - above * below)
        if scale == 0:
            return middle
        guess = middle + (middle - low) * between / scale
        value = falling(guess)
        if value == 0 or abs(guess - before) <= 1e-12 * max(1.0, abs(guess)) or high - low < 1e-14 * abs(high):
            return guess
        for at, found in ((middle, between), (guess, value)):
            if found > 0 and at > low:
                low, above = at, found
            elif found <= 0 and at < high:
                high, below = at, found


def incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularised incomplete beta function I_x(a, b), for a and b above 0.

    ``rest`` is 1 - x: near x = 1, only the caller knows it without rounding.

    >>> incomplete_beta(1, 1, 0.25, 0.75)
    0.25
    """
    if x <= 0 or rest <= 0:
        return float(x > 0)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - incomplete_beta(b, a, rest, x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    return math.exp(scale) / (a * _fraction(a, b, x))


def _fraction(a: float, b: float, x: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)), the d of DLMF 8.17.23."""
    value, upper, lower, factor, step = 1.0, 1.0, 0.0, 0.0, 0
    while abs(factor - 1) > 1e-16:
        step += 1
        m, odd = divmod(step, 2)
        if odd:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1 / (1 + d * lower or _TINY)
        upper = 1 + d / upper or _TINY
        factor = upper * lower
        value *= factor
    return value
