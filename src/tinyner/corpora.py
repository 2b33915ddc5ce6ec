"""The two sets of sentences that the LLM labels: the name of each and the file of its sentences.

Target sentences come from the domain of the test set, related ones from another source near it.
"""

CORPORA = {"target": "data/prepared/target.jsonl", "related": "data/prepared/related.jsonl"}
