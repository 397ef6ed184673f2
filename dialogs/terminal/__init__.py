"""Clients that need no Teams: the chat in the terminal, and Microsoft's Playground."""
