"""``tinyner report``: everything that was found, as one HTML file that asks no network for anything."""
