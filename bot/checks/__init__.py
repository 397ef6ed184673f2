"""What the steps look at: small checks, each of which remarks on one thing, and what is too much for a step's own file."""
