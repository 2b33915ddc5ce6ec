"""Stage evaluate: every seed's predictions scored strictly, against gold or the teacher, and by the paper's scorer."""
