"""The routes of the pretend Graph, by subject. Each module here is found by itself."""
