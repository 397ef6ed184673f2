"""Microsoft Graph: tokens, requests, paging, batches, and what its answers mean."""
