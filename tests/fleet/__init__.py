"""Several workers of one server, and several servers: nothing is lost while they come and go."""
