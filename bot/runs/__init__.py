"""The life of a run: its states and verbs, planning, carrying out, looking again, taking back."""
