"""Materials as rows of numbers."""
