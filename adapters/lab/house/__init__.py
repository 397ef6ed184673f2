"""The lab as processes: folder, certificates, servers and doors, started, found again and ended."""
