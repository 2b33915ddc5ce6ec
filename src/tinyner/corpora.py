"""The corpora that an LLM annotates, by the name of their files, and where the sentences of each are."""

CORPORA = {"conll": "data/prepared/distilled.jsonl", "bbc": "data/prepared/bbc.jsonl"}
