"""Stage clean: replies in, mentions out. Every reply ends as ok, repaired (how) or failed (why)."""
