"""The two sets of sentences that the LLM labels, by the name of their files, and where the sentences of each are.

Target sentences are of the domain that is tested, related ones of another source near it.
"""

CORPORA = {"target": "data/prepared/target.jsonl", "related": "data/prepared/related.jsonl"}
