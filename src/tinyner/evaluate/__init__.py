"""Stage evaluate: every seed's predictions against gold, strictly, and as the paper counts."""
