"""Web hosting: Express beside Cloud Code, and how a server is mounted."""
