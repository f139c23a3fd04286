"""What to run, in what order, on which executor, and what was recorded."""
