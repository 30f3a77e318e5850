import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
VERSION = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
