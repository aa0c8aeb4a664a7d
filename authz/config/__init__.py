"""Settings: file and flags -> one frozen `Settings`. A flag wins over the file, the file over the default.

Front door: `read_settings` (a file), `apply_flags`, and `SETTINGS`, the table of everything that can be set. Imports
the edges for their settings types, and what is below them.
"""

from authz.config.addresses import check_listen, is_loopback
from authz.config.forwarding import FORWARDING
from authz.config.reading import SETTINGS, apply_flags, read_settings
from authz.config.serving import SERVING
from authz.config.setting import Files, Setting, Switch, Texts, Word
from authz.config.settings import Settings

__all__ = [
    "FORWARDING",
    "SERVING",
    "SETTINGS",
    "Files",
    "Setting",
    "Settings",
    "Switch",
    "Texts",
    "Word",
    "apply_flags",
    "check_listen",
    "is_loopback",
    "read_settings",
]
