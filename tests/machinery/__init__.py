"""The parts that tests of the whole house need: servers as real processes, a database, Node, a browser.

Everything here is a context manager that starts one thing and cleans up after itself. A part that is
missing on this machine raises `MissingPart` with what to do about it: a test is never skipped for it.
"""
