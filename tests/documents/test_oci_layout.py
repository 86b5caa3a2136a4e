from __future__ import annotations

import pytest

from layertar.documents import OciLayout, parse_oci_layout
from layertar.limits import DEFAULT_LIMITS
from tests.documents.build import told


def read(raw: bytes) -> OciLayout:
    return parse_oci_layout(raw, member="oci-layout", limits=DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"imageLayoutVersion":"1.0.0"}',
        b'{"imageLayoutVersion": "1.0.0"}',
        b'{\n  "imageLayoutVersion": "1.0.0",\n  "other": 1\n}\n',
    ],
)
def test_the_marker_is_compared_by_value(raw: bytes) -> None:
    layout = read(raw)
    assert (layout.raw, layout.version, layout.faults) == (raw, "1.0.0", ())


@pytest.mark.parametrize(
    ("raw", "version"),
    [
        (b'{"imageLayoutVersion":"1.1.0"}', "1.1.0"),
        (b'{"imageLayoutVersion":"1.0.0\\n"}', "1.0.0\n"),
        (b'{"imageLayoutVersion":""}', None),
        (b"{}", None),
        (b"", None),
        (b"1.0.0", None),
        (b"[]", None),
        (b"\xff\xfe{", None),
    ],
)
def test_any_other_marker_is_told_and_never_stops_the_reading(
    raw: bytes, version: str | None
) -> None:
    layout = read(raw)
    assert layout.version == version
    assert [rule for rule, _ in told(layout.faults)] == ["oci-layout-version"]
    assert layout.faults[0].member == "oci-layout"


def test_a_marker_with_two_versions_is_told() -> None:
    layout = read(b'{"imageLayoutVersion":"2","imageLayoutVersion":"1.0.0"}')
    assert told(layout.faults) == [("json-duplicate-key", "/imageLayoutVersion")]
