"""Memory that reading and planning took is given back before the long wait begins."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Collect what nobody holds, and let the system have it where its C library can (glibc keeps it otherwise)."""
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library, or another system
        return
    trim(0)
