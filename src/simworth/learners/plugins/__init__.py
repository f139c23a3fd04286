"""Learners made of other packages and of the user's own code, behind the `Learner` protocol."""
