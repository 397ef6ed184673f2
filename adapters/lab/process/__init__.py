"""The lab as a process: folder, certificates and servers, started, found again and ended; what people and scripts ask of it."""
