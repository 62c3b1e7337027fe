"""Queries and objects."""
