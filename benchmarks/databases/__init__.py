"""How well tables are read, compared and kept; not part of the package."""
