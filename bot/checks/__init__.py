"""What is looked at before something is changed: small checks, each of which remarks on one thing."""
