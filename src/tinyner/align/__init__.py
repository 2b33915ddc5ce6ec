"""Stage align: mentions to spans and IOB2 tags, with a ledger that says what became of each mention."""
