"""Text from an archive: whether showing it as it is could mislead."""

from __future__ import annotations

from layertar.regex import regex

__all__ = ["clip", "control_characters", "name_control_characters"]

# C0 but for tab, line feed and carriage return, which real histories and labels hold; DEL; C1;
# the bidirectional controls, which make text read in another order than it is stored.
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
_IN_TEXT = regex(f"[{_CONTROLS}]")
# A name has one line and nothing invisible, so that two names that look alike are alike.
_IN_NAME = regex(f"[{_CONTROLS}\t\n\r\u200b-\u200f\ufeff]")

#: Characters of recorded text that a fault's detail repeats.
_SHOWN = 200


def control_characters(text: str) -> bool:
    """Whether `text` has control or bidirectional characters that could rule a terminal."""
    # All of them are unprintable, and `isprintable` is a tenth of the cost.
    return not text.isprintable() and _IN_TEXT.search(text) is not None


def name_control_characters(name: str) -> bool:
    """Whether a name has control, bidirectional or invisible characters."""
    return not name.isprintable() and _IN_NAME.search(name) is not None


def clip(text: str) -> str:
    """Shorten recorded text to what one line can show; the text itself may have megabytes."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
