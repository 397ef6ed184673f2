"""What people do by hand in the pretend estate, by subject. Each module here is found by itself."""
