"""The pure parts of the console's page, in node."""
