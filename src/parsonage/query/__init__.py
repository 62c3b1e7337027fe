"""Floor 1: what is asked. The query model, how it is read, what it matches, what may be asked at all."""
