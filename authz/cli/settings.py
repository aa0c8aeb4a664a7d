"""The flags that `serve` and `validate` share, and how they become settings."""

import argparse
from dataclasses import replace
from pathlib import Path

from authz.config import Settings, apply_flags, read_settings


def add_mesh_and_config(parser: argparse.ArgumentParser) -> None:
    """`--mesh` and `--config`."""
    parser.add_argument("--mesh", metavar="FILE", help="MeshConfig (YAML or JSON); without it Istio's defaults hold")
    parser.add_argument("--config", metavar="FILE", help="settings of ours (authz.yaml); a flag wins over it")


def settings_of(parsed: argparse.Namespace) -> Settings:
    """Settings file and flags together. Raises SettingsError."""
    settings = read_settings(Path(parsed.config)) if parsed.config else Settings()
    texts = {name: getattr(parsed, name, None) for name in ("policies", "mesh", "listen", "workload")}
    settings = apply_flags(settings, {name: text for name, text in texts.items() if text is not None})
    return replace(
        settings,
        allow_empty=settings.allow_empty or getattr(parsed, "allow_empty", False),
        insecure_listen=settings.insecure_listen or getattr(parsed, "insecure_listen", False),
    )
