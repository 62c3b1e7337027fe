"""Attacks that past advisories taught: one test for each row of reference/security-advisories.md that is built."""
