"""``tinyner compare``: experiments, branches, tags and commits side by side, and the paper's tables of them."""
