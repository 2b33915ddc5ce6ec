"""Distil a large language model's annotations, and a little human labelling, into a tiny NER model."""
