"""Stage train: a student a seed, on distilled and original sentences blended by schedule."""
