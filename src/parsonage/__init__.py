"""Parsonage: a Parse-compatible backend in Python."""
