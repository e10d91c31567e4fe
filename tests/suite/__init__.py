"""What ./test does: parts, each a list of checks with names; runs those whose name contains the pattern."""
