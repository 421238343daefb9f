"""Wrap names of another program, and say clearly when an upgrade has moved one of them."""

import importlib.metadata
from functools import wraps
from pathlib import Path

_REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"


class Moved(RuntimeError):
    """MiniStack no longer has something a correction relies on."""

    def __init__(self, what):
        super().__init__(
            f"MiniStack {importlib.metadata.version('ministack')} has no {what} as the corrections expect it. "
            f"Install the version pinned in {_REQUIREMENTS}, or adapt the correction that names it."
        )


def require_pinned_version():
    """Refuse any other MiniStack than the pinned one: the corrections were proven against that."""
    pinned = next(line.split("==")[1].strip() for line in _REQUIREMENTS.read_text().splitlines() if line.startswith("ministack=="))
    installed = importlib.metadata.version("ministack")
    if installed != pinned:
        raise RuntimeError(f"MiniStack {installed} is installed, but the corrections were proven with {pinned}.")


def require(owner, *names):
    """Assert that the owner (a module or a class) has all these names."""
    for name in names:
        if not hasattr(owner, name):
            raise Moved(f"{owner.__name__}.{name}")


def wrap(owner, name):
    """Decorator: owner.name becomes fn(original, *args)."""
    require(owner, name)

    def install(fn):
        original = getattr(owner, name)

        @wraps(original)
        def wrapped(*args, **kwargs):
            return fn(original, *args, **kwargs)

        setattr(owner, name, wrapped)
        return fn

    return install


def replace(owner, name):
    """Decorator: owner.name becomes fn."""
    require(owner, name)

    def install(fn):
        setattr(owner, name, fn)
        return fn

    return install


def substitute(owner, name, before, after):
    """Replace one literal of a text that MiniStack hands to another process."""
    require(owner, name)
    text = getattr(owner, name)
    if text.count(before) != 1:
        raise Moved(f"{owner.__name__}.{name} with exactly one {before!r}")
    setattr(owner, name, text.replace(before, after))
