"""What the features and the learners of simworth do, next to the public packages that do the same."""
