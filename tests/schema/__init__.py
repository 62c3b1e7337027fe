"""Tests of what a class is."""
