"""Floor 4: the verbs. One verb, one file, one story that reads from top to bottom.

``run`` is the one entry for every door. What a verb calls are leaves that answer and return; nobody but
the verb decides the order.
"""
