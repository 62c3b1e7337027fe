"""Floor 2: where the content of files is kept, behind one small interface."""
