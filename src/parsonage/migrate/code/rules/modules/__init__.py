"""HTTP, modules, language."""
