"""Label texts with a trained student."""
