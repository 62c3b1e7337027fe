"""SIGKILL in the middle of writes, and what is found afterwards."""
