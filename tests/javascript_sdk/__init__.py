"""The real `parse` client from npm against Parsonage."""
