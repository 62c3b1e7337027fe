"""Tests of Cloud Code: a throwaway house in process, and the pytest fixtures that give one."""
