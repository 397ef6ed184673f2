"""Input of people: forms, pasted lists, tables and files become accounts on premises or findings."""
