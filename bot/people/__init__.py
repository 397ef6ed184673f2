"""Whom a step about people means: what was typed or pasted, groups, pools, and where everybody is at home."""
