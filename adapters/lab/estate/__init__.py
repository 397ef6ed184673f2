"""The pretend estate: people and servers on both sides, what changes them, and how it is kept."""
