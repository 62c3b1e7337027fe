"""Old JavaScript Cloud Code: what will break in it, and how to mend it."""
