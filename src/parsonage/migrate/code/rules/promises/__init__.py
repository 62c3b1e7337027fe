"""Promises and callbacks."""
