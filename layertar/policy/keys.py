"""Keys: every key of a policy file, with what it takes and means, for docs/configuration.md."""

from __future__ import annotations

from layertar.value import NamedTuple

__all__ = ["COMPRESSIONS", "KEYS", "LEVELS", "LIMITS", "LOOKS", "Key", "Limit"]


class Key(NamedTuple):
    """One key.

    Attributes:
        name: with its table; `[]` behind an array of tables, `RULE` for a rule's name.
        takes: the form of its value.
        example: a line of TOML below its table's heading, without the comment sign.
        meaning: what it does, one clause or more.
    """

    name: str
    takes: str
    example: str
    meaning: str


class Limit(NamedTuple):
    """One bound that a policy may set.

    Attributes:
        field: of `limits.Limits`.
        is_size: whether it is in bytes, and may be written as `64MiB`.
        least: the least value allowed; 0 is no bound where it is 0.
        most: the greatest.
        meaning: what it bounds.
    """

    field: str
    is_size: bool
    least: int
    most: int
    meaning: str


#: How a severity is written.
LEVELS = ("error", "warning", "note", "off")
#: What layers may be compressed by.
COMPRESSIONS = ("none", "gzip", "zstd", "xz", "bzip2", "lzma", "lz4")

#: What `look-for` may name.
LOOKS = ("content", "secrets")

_MOST = (1 << 63) - 1

#: The bounds, by key.
LIMITS = {
    "uncompressed-size": Limit("uncompressed_size", True, 0, _MOST, "what one layer may become; "
                               "0 is no bound; `--max-uncompressed` goes before it"),
    "uncompressed-total": Limit("uncompressed_total", True, 0, _MOST, "what all compressed layers "
                                "of an archive may become together; 0 is no bound"),
    "uncompressed-ratio": Limit("uncompressed_ratio", False, 1, _MOST, "times that they may become "
                                "larger than what they are stored in, beyond that"),
    "window": Limit("window", True, 1 << 10, 1 << 31, "the window of zstd, the dictionary of xz"),
    "document-size": Limit("document_size", True, 1 << 10, 1 << 30, "one JSON document"),
    "members": Limit("members", False, 1, _MOST, "members of an archive"),
    "layers": Limit("layers", False, 1, _MOST, "layers of an image that are read"),
    "descriptors": Limit("descriptors", False, 1, _MOST, "descriptors of an archive"),
    "index-depth": Limit("index_depth", False, 1, 64, "indexes within indexes"),
    "outer-size": Limit("outer_size", True, 1 << 10, _MOST, "what a compressed archive may become"),
}  # fmt: skip

_TEXTS = "a list of texts"
_SIZE = 'bytes, or a text with a unit: `4096`, `"64MiB"`, `"2G"`; powers of 1024'
_NUMBER = "a whole number"
_EXAMPLES = {
    "uncompressed-size": '"8GiB"',
    "uncompressed-total": '"32GiB"',
    "uncompressed-ratio": "64",
    "window": '"128MiB"',
    "document-size": '"20MiB"',
    "members": "250_000",
    "layers": "128",
    "descriptors": "1000",
    "index-depth": "4",
    "outer-size": '"100GiB"',
}

#: Every key, in the order of the page.
KEYS = (
    Key("forbid", "a list of the names below", 'forbid = ["foreign-layers", "user-root"]',
        "what no archive may have: each is a rule, `policy-…`"),
    Key("require-views-agree", "`true` or `false`", "require-views-agree = true",
        "where an archive has several views (`index.json`, `manifest.json`, …), each must list "
        "every image; `policy-views-differ`"),
    Key("look-for", f"a list of {', '.join(f'`{name}`' for name in LOOKS)}",
        'look-for = ["secrets"]',
        "what is looked for in the files of layers beyond the usual, as `--content` and "
        "`--secrets` do"),
    Key("severity.RULE", '`"error"`, `"warning"`, `"note"` or `"off"`',
        'duplicate-member = "error"',
        "the severity of what a rule finds, as `--severity` has it, which goes before it"),
    Key("ignore[].rule", "the name of a rule", 'rule = "layer-diffid-mismatch"',
        "the rule whose finding is known; required"),
    Key("ignore[].digest", "a digest", f'digest = "sha256:{"0" * 64}"',
        "only what is about this: the image's manifest digest or image ID, the bytes at fault, as "
        "measured, or, where nothing was measured, the digest recorded"),
    Key("ignore[].member", "a glob; `*` fits slashes, too", 'member = "blobs/sha256/*"',
        "only what is at such a member; `digest`, `member` or both are required"),
    Key("ignore[].reason", "a text", 'reason = "rebuilt by hand, ticket 12"',
        "why it does not count; required, and shown in reports"),
    Key("ignore[].until", "a day, without quotes", "until = 2026-12-31",
        "the last day (UTC) on which it does not count"),
    *(Key(f"limits.{name}", _SIZE if limit.is_size else _NUMBER, f"{name} = {_EXAMPLES[name]}",
          limit.meaning) for name, limit in LIMITS.items()),
    Key("require.labels", _TEXTS, 'labels = ["org.opencontainers.image.source=https://*"]',
        "labels that each image's config must have: a key, or KEY=GLOB for its value; "
        "`policy-label-missing`"),
    Key("require.annotations", _TEXTS, 'annotations = ["org.opencontainers.image.revision"]',
        "annotations that each image's manifest, or its descriptor in the index, must have, "
        "written likewise; `policy-annotation-missing`"),
    Key("allow.media-types", "a list of globs",
        'media-types = ["application/vnd.oci.image.*"]',
        "the only types of images' manifests, configs and layers; what records none, such as a "
        "`manifest.json`, is not held to it; `policy-media-type`"),
    Key("allow.platforms", "a list of OS/ARCH[/VARIANT]",
        'platforms = ["linux/amd64", "linux/arm64"]',
        "the only platforms of images; a variant left open fits any; `policy-platform`"),
    Key("allow.compressions", f"a list of {', '.join(f'`{name}`' for name in COMPRESSIONS)}",
        'compressions = ["gzip", "zstd"]',
        "what layers may be compressed by, as measured; `policy-compression`"),
    Key("budget.max-size", _SIZE, 'max-size = "1GiB"',
        "the uncompressed size of all layers of an image together; `policy-max-size`"),
    Key("budget.max-layer-size", _SIZE, 'max-layer-size = "500MiB"',
        "the uncompressed size of one layer; `policy-max-layer-size`"),
    Key("budget.max-layers", _NUMBER, "max-layers = 40",
        "how many layers an image has; `policy-max-layers`"),
    Key("budget.max-created-age", 'hours, days or weeks: `"12h"`, `"90d"`, `"8w"`',
        'max-created-age = "90d"',
        "the time since the instant at which an image says it was created (nobody proves that), "
        "until `--now`; an instant more than a day after it breaks the rule, too; "
        "`policy-max-created-age`"),
)  # fmt: skip
