"""Old and new JavaScript Cloud Code, run as it is, in a Node process beside each worker.

The only room that knows that Node exists. ``host.Host`` starts the process, watches it and starts it again;
``conversation.Conversation`` is what is said over the bridge while one process lives; ``runtime/`` is our own
JavaScript that runs inside it.
"""
