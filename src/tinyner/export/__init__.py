"""A trained student as others load it: Hugging Face, ONNX, spaCy; and the way to the hub."""
