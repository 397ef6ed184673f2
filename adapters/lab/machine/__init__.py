"""The pretend machines: pipelines are read, bound and run as PowerShell does."""
