"""Remote PowerShell over WS-Management: sessions, calls, values and errors."""
