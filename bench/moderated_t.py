"""Would a moderated t-test keep its promise with few seeds? ``python bench/moderated_t.py [--tables 4000]``.

Each pair of rows of a table estimates the variance of its differences from two to five seeds, which leaves little
power. Smyth (2004, "Linear models and empirical Bayes methods", SAGMB 3) shrinks each variance towards the table's, by
as many prior degrees of freedom as the spread of the variances leaves. Tables are made here in which no row differs
from another: rows of normal noise, one half with a standard deviation ``ratio`` times that of the other. Printed is how
often a pair is called significant, of all pairs and of those of two noisy rows: by Student's t of each pair alone, by a
variance that is pooled over the table, and by the moderated one.
"""

import argparse
import itertools

import numpy as np
from scipy.special import digamma, polygamma, stdtr

from tinyner.stats.resampling import Floats

ROWS = 12
LEVELS = (0.05, 0.001)


def inverse_trigamma(values: Floats) -> Floats:
    """Return x whose trigamma is the value, by Newton's method as in Smyth's appendix."""
    x = 0.5 + 1 / values
    for _ in range(50):
        trigamma = polygamma(1, x)
        x = x + trigamma * (1 - trigamma / values) / polygamma(2, x)
    return x


def prior(variances: Floats, df: int) -> tuple[Floats, Floats]:
    """Return prior degrees of freedom and variance of each table; variances are of shape (tables, pairs)."""
    logs = np.log(variances)
    e = logs - digamma(df / 2) + np.log(df / 2)
    mean = e.mean(axis=1)
    spread = e.var(axis=1, ddof=1) - polygamma(1, df / 2)
    some = spread > 0
    half = inverse_trigamma(np.where(some, spread, 1.0))
    prior_df = np.where(some, 2 * half, np.inf)
    location = np.where(some, np.exp(mean + digamma(half) - np.log(half)), np.exp(mean))
    return prior_df, location


def p_of(t: Floats, df: Floats) -> Floats:
    """Return two-sided p; infinite degrees of freedom are taken as very many."""
    return np.asarray(2 * stdtr(np.minimum(df, 1e6), -np.abs(t)))


def rates(seeds: int, ratio: float, tables: int, generator: np.random.Generator) -> dict[str, dict[str, list[float]]]:
    """Return the share of null differences that are significant, by test, by kind of pair, at each level."""
    deviations = np.where(np.arange(ROWS) < ROWS // 2, 1.0, ratio)
    values = generator.normal(size=(tables, ROWS, seeds)) * deviations[None, :, None]
    first, second = map(np.array, zip(*itertools.combinations(range(ROWS), 2), strict=True))
    differences = values[:, first] - values[:, second]
    mean, variance, df = differences.mean(axis=2), differences.var(axis=2, ddof=1), seeds - 1
    pooled = variance.mean(axis=1, keepdims=True)
    prior_df, location = prior(variance, df)
    has_prior = np.isfinite(prior_df)[:, None]
    weight = np.where(has_prior, prior_df[:, None], 0.0)
    shrunk = np.where(has_prior, (weight * location[:, None] + df * variance) / (weight + df), location[:, None])
    root = np.sqrt(seeds)
    tests = {
        "each alone": p_of(mean / np.sqrt(variance) * root, np.full_like(mean, df)),
        "pooled": p_of(mean / np.sqrt(pooled) * root, np.full_like(mean, df * (ROWS - 1))),
        "moderated": p_of(mean / np.sqrt(shrunk) * root, df + prior_df[:, None] + np.zeros_like(mean)),
    }
    noisy = (first >= ROWS // 2) & (second >= ROWS // 2)
    kinds = {"all pairs": np.ones_like(noisy), "noisy pairs": noisy}
    return {
        name: {kind: [float((p[:, chosen] < level).mean()) for level in LEVELS] for kind, chosen in kinds.items()}
        for name, p in tests.items()
    }


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=4000, help="for each row (default: %(default)s)")
    arguments = parser.parse_args()
    generator = np.random.default_rng(0)
    print("| seeds | deviations | test | all pairs .05 | .001 | noisy pairs .05 | .001 |")
    print("| ---: | --- | --- | ---: | ---: | ---: | ---: |")
    for seeds, ratio in itertools.product((2, 3, 5), (1.0, 3.0, 10.0)):
        for name, by_kind in rates(seeds, ratio, arguments.tables, generator).items():
            cells = " | ".join(f"{rate:.4f}" for values in by_kind.values() for rate in values)
            print(f"| {seeds} | 1:{ratio:g} | {name} | {cells} |")


if __name__ == "__main__":
    main()
