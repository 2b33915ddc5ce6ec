"""A trained student on texts."""
