"""Learning-curve extrapolation: public curves, synthetic truths, and every method that could be run, side by side."""
