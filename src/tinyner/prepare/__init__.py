"""Stage prepare: fetch the sources, write the sets of sentences and the untrained student."""
