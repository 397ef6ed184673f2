"""How a step looks: calls are run, answers are matched to those who were asked about, and everything is kept."""
