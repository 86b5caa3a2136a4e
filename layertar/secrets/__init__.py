"""Secrets: which bytes look like a private key, a token or a password, and of which kind.

Pure and fed: a scanner takes a file's bytes in pieces of any size and tells kinds and places,
never values: what was found is forgotten with the piece that it stood in. A kind is known by a
pattern that its issuer documents; where a value can be checked (a checksum, the lengths within a
key), one that does not hold is none. What is not known by a pattern, such as a password in a
sentence, is not found, and nothing here says that there is none.

Two families are apart. What has a pattern of its own is looked for in every file. What is known
by its surroundings only (`password` in a `.netrc`, `DB_PASSWORD=` in the environment) is looked
for where those are: in files of such names, and in what a config records. Elsewhere these would
be mostly examples: documentation has thousands.
"""

from __future__ import annotations

from layertar.secrets.kinds import KINDS, Kind
from layertar.secrets.rider import FileSecrets, SecretRider
from layertar.secrets.scanner import SecretScanner, Sighting, scan
from layertar.secrets.texts import masked, scan_setting, scan_text

__all__ = [
    "KINDS",
    "FileSecrets",
    "Kind",
    "SecretRider",
    "SecretScanner",
    "Sighting",
    "masked",
    "scan",
    "scan_setting",
    "scan_text",
]
