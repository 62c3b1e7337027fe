"""Floor 3: the registry of what Cloud Code registered, and how one handler is called.

A handler may be written in any language: the registry knows a name, a place and a function to call.
"""
