"""Stage align: mentions to spans and IOB2 tags, by vote over several replies; a ledger row for each mention."""
