"""The tests, one folder for each room, and folders for what crosses rooms."""
