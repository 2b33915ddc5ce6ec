"""Stage evaluate: every seed's predictions scored against gold, strictly and by the paper's scorer."""
