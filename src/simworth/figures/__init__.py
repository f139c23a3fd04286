"""Figures of a run for papers and talks, as files, each with the numbers it shows."""
