"""Tests of what travels between apps and server."""
