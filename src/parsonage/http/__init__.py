"""Floor 5: the door for HTTP. Requests come in here and leave as commands; results leave as replies."""
