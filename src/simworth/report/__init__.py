"""Layer 7: a run's answer as a page, figures and terminal lines; saved files are rendered, nothing is fitted."""
