"""What each cmdlet of the pretend machines says and does, by subject. Each module here is found by itself."""
