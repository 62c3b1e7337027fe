"""Measurements against other servers; see `benchmarks.against_parse_server`."""
