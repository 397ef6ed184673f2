"""Reading facts: calls are run, rows are matched to the subjects that were asked for, and everything read is kept."""
