"""Who is asking: users, sessions, ACLs, the master key."""
