"""Linters and house rules: what a reviewer would otherwise have to look for."""
