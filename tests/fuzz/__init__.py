"""Requests that nobody would send: whatever comes, the server answers, and guards what it keeps."""
