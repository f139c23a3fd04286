"""Benchmarks: what simworth and its peers make of public data. Not part of the package."""
