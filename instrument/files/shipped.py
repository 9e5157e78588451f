"""Folders of patches: those that came with Lilt, in a checkout or installed, and one's own. Standard library only."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
#: inside the package where it was installed from a wheel, beside it in a checkout
PATCHES = _PACKAGE / "patches" if (_PACKAGE / "patches").is_dir() else _PACKAGE.parent / "patches"
OWN = Path("patches")  #: where one's own are saved, in the folder that Lilt was started in


def patch_names(own: Path = OWN) -> list[str]:
    """The patches that are found by name: those that came with Lilt, and one's own. Looks into two folders."""
    return sorted({file.stem for folder in (PATCHES, own) for file in folder.glob("*.toml")})
