"""The pretend Microsoft Graph and its login host, over the pretend estate."""
