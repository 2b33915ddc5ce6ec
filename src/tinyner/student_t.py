"""Student's t: p-values and quantiles, without SciPy at run time.

By the regularised incomplete beta function and its continued fraction (NIST Digital Library of
Mathematical Functions, 8.17.22, evaluated by Lentz's method as in Press et al., *Numerical Recipes*, 6.4).
Held against scipy.stats in the tests, to 1e-10.
"""

import math

_TINY = 1e-300  # in Lentz's method: what stands in for a zero divisor


def two_sided_p(t: float, df: float) -> float:
    """The probability that \\|T\\| is at least \\|t\\|, T having ``df`` (> 0, not only whole) degrees of freedom.

    >>> round(two_sided_p(1.0, 1), 12)
    0.5
    """
    return incomplete_beta(df / 2, 0.5, df / (df + t * t), t * t / (df + t * t))


def quantile(level: float, df: float) -> float:
    """The t that \\|T\\| stays below with probability ``level``: an interval's half width in standard errors.

    >>> round(quantile(0.95, 10), 6)
    2.228139

    Raises:
        ValueError: where ``level`` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"expected a level between 0 and 1, found {level}")
    low, high = 0.0, 1.0
    while two_sided_p(high, df) > 1 - level:
        low, high = high, 2 * high
    while high - low > 1e-14 * high:
        middle = (low + high) / 2
        if two_sided_p(middle, df) > 1 - level:
            low = middle
        else:
            high = middle
    return high


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
