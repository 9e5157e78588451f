"""Folder of the patches that come with Lilt, in a checkout and in an installed package. Standard library only."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
#: inside the package where it was installed from a wheel, beside it in a checkout
PATCHES = _PACKAGE / "patches" if (_PACKAGE / "patches").is_dir() else _PACKAGE.parent / "patches"


def patch_names() -> list[str]:
    """Names of the shipped patches, in order."""
    return sorted(file.stem for file in PATCHES.glob("*.toml"))
