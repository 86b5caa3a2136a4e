"""The names of rules, as a caller writes them: what is wrong with one that does not exist."""

from __future__ import annotations

from layertar.findings.register import RULES

__all__ = ["unknown_rule"]

_SUGGESTED = 3


def unknown_rule(name: str) -> str | None:
    """Say that there is no rule called `name`, and which are the nearest; `None` if there is."""
    if name in RULES:
        return None
    # Only a name that is mistyped needs it.
    from difflib import get_close_matches  # noqa: PLC0415

    nearest = get_close_matches(name.lower(), RULES, n=_SUGGESTED)
    if not nearest:
        return f"there is no rule {name!r}; `layertar rules` lists them"
    return f"there is no rule {name!r}; the nearest: {', '.join(nearest)}"
