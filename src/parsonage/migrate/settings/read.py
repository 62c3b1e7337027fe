"""Everything about a project's server, from its code and from the files beside it."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from parsonage.migrate.code.project import Project
from parsonage.migrate.settings import documents, entry
from parsonage.migrate.settings.model import Settings


def settings_of(project: Project, paths: Collection[Path]) -> Settings:
    """What the project at some paths says of its server."""
    homes = [path.resolve() if path.is_dir() else path.resolve().parent for path in paths]
    beside = documents.read(paths, Path(os.path.commonpath(homes)))
    in_code = [found for module in project.modules for found in entry.configurations(module)]
    return Settings(
        configurations=(*in_code, *beside.configurations),
        platforms=beside.platforms,
        pages=beside.pages,
        modules=project.modules,
    )
