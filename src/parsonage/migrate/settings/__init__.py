"""How the old server was configured, wherever that stands, and the rules about it."""
