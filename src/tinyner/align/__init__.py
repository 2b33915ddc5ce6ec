"""Stage align: mentions to spans and IOB2 tags, by vote where replies are several; a ledger of every mention."""
