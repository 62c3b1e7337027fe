"""Old code as the pages of the rules show it, run as it is in legacy mode.

Each module hosts one program in which the "before" example of its rules stands; each test names the rules
whose page it holds to its word. ``test_catalogue.py`` says that no rule is missing.
"""
