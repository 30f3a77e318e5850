"""The folder of the tested repository."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
