"""Stage clean: replies to mentions. Every reply is ok, repaired or failed, with the problems that it has."""
