"""Options: what the operator has decided, and how it is read."""
