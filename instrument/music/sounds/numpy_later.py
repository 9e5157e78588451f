"""NumPy, imported when it is first used: what only reads tables needs none of it, and is 15 MB smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
else:

    class _Numpy:
        def __getattr__(self, name: str) -> Any:
            import numpy

            return getattr(numpy, name)

    Array, np = Any, _Numpy()

__all__ = ["Array", "np"]
