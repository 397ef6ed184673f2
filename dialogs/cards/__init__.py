"""What people see: cards of runs, the board, forms and lists, as Adaptive Cards and as plain text."""
