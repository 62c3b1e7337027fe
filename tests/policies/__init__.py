"""The policies alone: pure decisions, as claims."""
