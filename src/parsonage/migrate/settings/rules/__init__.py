"""Server options that changed: one rule, one file."""
