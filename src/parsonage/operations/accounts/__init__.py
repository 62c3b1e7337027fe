"""Verbs on accounts: logging in and out, and who am I. Signing up is creating a ``_User``."""
