"""``tinyner report``: the results of runs as one HTML file that loads nothing from the network."""
