"""Floor 1: what a class is, its fields, its permissions, and how they grow."""
