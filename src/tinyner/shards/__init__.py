"""Texts in many files, the shards, labelled side by side: by processes of this machine or on a Ray cluster."""
