"""What is in force, as operators are told."""

from dataclasses import dataclass
from datetime import datetime

from authz.model.problem import Problem


@dataclass(frozen=True, slots=True)
class Status:
    """What is in force, and what became of the last change.

    `since`: when a set of that digest came into force; `loaded_at`: when the files were last read and taken.
    `rejected`: the problems of the newest files, which are not in force; empty when they are. `rejected_at`: when that
    came to be. `restart_needed`: settings have changed that come into force with the next start only.
    """

    digest: str
    policies: int
    since: datetime
    loaded_at: datetime
    warnings: tuple[Problem, ...] = ()
    rejected: tuple[Problem | str, ...] = ()
    rejected_at: datetime | None = None
    restart_needed: bool = False
