"""Default learner: several source models and several adaptations, blended on predictions of unseen experiments."""
