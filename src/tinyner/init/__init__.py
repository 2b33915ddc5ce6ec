"""A project of one's own from one's files: what ``tinyner init`` looks at, decides and writes."""
