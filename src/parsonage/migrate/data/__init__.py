"""Moving data: from one engine to another, and a look at a database before an app moves in."""
