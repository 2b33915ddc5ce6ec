"""The sets of sentences that annotators label: the name of each and the file of its sentences.

Target sentences come from the domain of the test set, related ones from another source near it. Both are trained on.
Gold sentences are some original ones: what annotators say of them is held against their gold, and never trained on.
"""

CORPORA = {"target": "data/prepared/target.jsonl", "related": "data/prepared/related.jsonl"}
"""Those that are trained on."""

GOLD = "gold"

ASKED = {**CORPORA, GOLD: "data/prepared/original.jsonl"}
"""All of them; the gold ones are only some of their file (``annotate.gold_size``)."""
