"""What learns: batched networks that transfer, and small-data baselines that do not."""
