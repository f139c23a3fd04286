"""The model that a study leaves: the measured networks with calibrated intervals, to predict candidates with."""
