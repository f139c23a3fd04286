"""Layer 7: the answer of a run as a page, figures and terminal lines; saved files are rendered, nothing is fitted."""
