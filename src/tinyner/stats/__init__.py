"""Significance of differences: resampling, adjusted p, a test that controls the type-I error with few seeds."""
