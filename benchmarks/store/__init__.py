"""What stored tables cost: time and memory against the number of rows."""
