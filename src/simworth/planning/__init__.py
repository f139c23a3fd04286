"""Answers computed from a law's draws: one question a file."""
