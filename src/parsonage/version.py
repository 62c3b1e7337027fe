"""The version of Parsonage, and the Parse Server version whose behaviour it answers with."""

__version__ = "0.1.0"

PARSE_SERVER_VERSION = "9.10.0"
"""What ``GET /serverInfo`` tells clients and the dashboard: they switch features by it."""
