"""Floor 3: pure decisions. A policy is given a caller, a class and a command, and answers with a value.

Nothing here touches storage and nothing awaits. The order in which a read and a write ask stands in
``reading`` and ``writing``: that order is the contract, it decides which error code an old app sees.
"""
