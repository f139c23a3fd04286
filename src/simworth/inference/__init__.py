"""From trials to a law: posterior draws, the probability of each form, status, backtest, verdict."""
