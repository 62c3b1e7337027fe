"""The Python client: one API for apps over HTTP, for Cloud Code in process, and for tests."""
