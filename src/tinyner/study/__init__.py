"""Planned experiments, and training and recording them."""
