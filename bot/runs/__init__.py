"""Runs: their lifecycle and actions, planning, sending calls, verifying, monitoring, taking back."""
