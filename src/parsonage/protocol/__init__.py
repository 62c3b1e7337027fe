"""Floor 0: what travels between apps and server.

Pure and synchronous: values, encodings, field operations, access lists, names, errors. Nothing here
knows a database, a web server or a setting.
"""
