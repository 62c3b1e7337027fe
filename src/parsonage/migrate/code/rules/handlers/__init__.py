"""Handlers: functions, triggers, jobs."""
