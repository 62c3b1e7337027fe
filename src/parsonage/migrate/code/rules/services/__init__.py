"""Push, files, config, analytics, mail."""
