"""Stage prepare: sources in, sentences and the untrained student out, each source pinned or named."""
