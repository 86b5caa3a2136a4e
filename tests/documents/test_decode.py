"""What `_decode` and the bounded list of faults do, seen through the documents."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from layertar.documents import parse_config, parse_manifest
from layertar.errors import DocumentError
from layertar.fault import Severity
from layertar.limits import DEFAULT_LIMITS
from tests.documents.build import (
    MEMBER,
    config,
    descriptor,
    encode,
    manifest,
    notes,
    read_config,
    read_manifest,
    told,
)

PLAIN = encode(config())


def test_a_plain_document_has_no_faults_and_keeps_its_bytes() -> None:
    document = read_config(PLAIN)
    assert document.faults == ()
    assert document.raw == PLAIN


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"", "json-invalid"),
        (b" \n\t", "json-invalid"),
        (b"{", "json-invalid"),
        (b"{'a': 1}", "json-invalid"),
        (b'{"a": "\n"}', "json-invalid"),
        (b"\x00" * 512, "json-invalid"),
        (b"[]", "json-invalid"),
        (b"null", "json-invalid"),
        (b'"text"', "json-invalid"),
        (b"NaN", "json-invalid"),
        (PLAIN.decode().encode("utf-16"), "json-not-utf8"),
        (PLAIN.decode().encode("utf-16-le"), "json-not-utf8"),
        (PLAIN.decode().encode("utf-16-be"), "json-not-utf8"),
        (PLAIN.decode().encode("utf-32"), "json-not-utf8"),
        (PLAIN.decode().encode("utf-32-be"), "json-not-utf8"),
        (b"\x1f\x8b\x08\x00", "json-not-utf8"),
        (b"[" * (1 << 20), "json-too-deep"),
        (b'{"a":' * (1 << 16), "json-too-deep"),
    ],
)
def test_a_document_of_which_nothing_can_be_read_is_an_error(raw: bytes, rule: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_config(raw)
    assert caught.value.rule == rule


def test_the_place_where_json_ends_is_told_in_bytes() -> None:
    with pytest.raises(DocumentError) as caught:
        read_config('{"é": }'.encode())
    assert caught.value.offset == 7


def test_a_document_of_the_greatest_size_is_read_and_one_byte_more_is_not() -> None:
    limits = replace(DEFAULT_LIMITS, document_size=len(PLAIN))
    assert parse_config(PLAIN, member=MEMBER, limits=limits).faults == ()
    with pytest.raises(DocumentError) as caught:
        parse_config(PLAIN + b" ", member=MEMBER, limits=limits)
    assert caught.value.rule == "json-too-large"


@pytest.mark.parametrize("container", ['{"a":%s}', "[%s]"])
def test_a_document_of_the_greatest_depth_is_read_and_one_level_more_is_not(container: str) -> None:
    inner = "1"
    for _ in range(DEFAULT_LIMITS.json_depth - 1):
        inner = container % inner
    read_config(f'{{"unused": {inner}}}'.encode())
    with pytest.raises(DocumentError) as caught:
        read_config(f'{{"unused": {container % inner}}}'.encode())
    assert caught.value.rule == "json-too-deep"


def test_brackets_in_strings_are_not_depth() -> None:
    assert read_config(config(author="[" * 1000)).faults == ()


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN[:-1] + b', "unused": [' + b"{}," * 1_500_000 + b"{}]}",
        PLAIN[:-1] + b', "unused": [' + b"0.5," * 200_000 + b"0.5]}",
        PLAIN[:-1] + b', "unused": [' + b'{"a":0,"a":0},' * 200_000 + b'{"a":0,"a":0}]}',
        PLAIN[:-1] + b', "history": [' + b"0," * 200_000 + b"0]}",
        PLAIN[:-1] + b', "os.features": [' + b'"",' * 200_000 + b'""]}',
        encode(config(config={"Labels": dict.fromkeys(map(str, range(200_001)), "")})),
        encode(dict.fromkeys(map(str, range(200_001)))),
    ],
)
def test_what_would_take_too_much_memory_or_time_is_not_read(raw: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        read_config(raw)
    assert caught.value.rule == "json-too-large"


@pytest.mark.parametrize("tail", [b"{}", b"x", b"\x00", b"\xef\xbb\xbf"])
def test_what_follows_the_value_is_told_and_the_value_read(tail: bytes) -> None:
    document = read_config(PLAIN + b"\n" + tail)
    assert document.platform.os == "linux"
    assert [(fault.rule, fault.offset) for fault in document.faults] == [
        ("json-trailing-data", len(PLAIN) + 1)
    ]


@pytest.mark.parametrize("tail", [b"\n", b" \r\n\t"])
def test_whitespace_around_the_value_is_fine(tail: bytes) -> None:
    assert read_config(tail + PLAIN + tail).faults == ()


@pytest.mark.parametrize(
    ("raw", "offset"),
    [
        (b"\xef\xbb\xbf" + PLAIN, 0),
        (PLAIN.replace(b"linux", b"lin\xffx"), PLAIN.index(b"linux") + 3),
        (PLAIN.replace(b"linux", rb"lin\ud800x"), PLAIN.index(b"linux") + 3),
        (PLAIN.replace(b"linux", rb"lin\uDC80x"), PLAIN.index(b"linux") + 3),
        (PLAIN.replace(b"linux", rb"\ud83d\ude00lin\udc00x"), PLAIN.index(b"linux") + 15),
    ],
)
def test_text_that_is_not_utf_8_is_told_and_the_rest_read(raw: bytes, offset: int) -> None:
    document = read_config(raw)
    assert [(fault.rule, fault.offset) for fault in document.faults] == [("json-not-utf8", offset)]
    assert document.platform.architecture == "amd64"
    assert document.diff_ids is not None


def test_a_lone_surrogate_cannot_name_a_member_of_undecodable_bytes() -> None:
    document = read_config(PLAIN.replace(b"linux", rb"\udc80"))
    assert document.platform.os == "\ufffd"


@pytest.mark.parametrize("text", [rb"\ud83d\ude00", rb"\\ud800", rb"\\\\udc00", "é😀".encode()])
def test_whole_pairs_and_escaped_backslashes_are_fine(text: bytes) -> None:
    assert read_config(PLAIN.replace(b"linux", text)).faults == ()


@pytest.mark.parametrize(
    ("raw", "pointers"),
    [
        (b'{"os":"a","os":"b","architecture":"c"}', ["/os"]),
        (b'{"os":"b","architecture":"c","x":[1,{"a/b":1,"a/b":1}]}', ["/x/1/a~1b"]),
        (b'{"os":"b","architecture":"c","x":{"~":{"k":1,"k":{"k":1,"k":1}}}}',
         ["/x/~0/k", "/x/~0/k/k"]),
        (b'{"os":"b","architecture":"c","config":{"Labels":{"l":"1","l":"1"}}}',
         ["/config/Labels/l"]),
    ],
)  # fmt: skip
def test_equal_keys_are_told_at_any_depth_and_the_last_is_used(
    raw: bytes, pointers: list[str]
) -> None:
    document = read_config(raw)
    assert told(document.faults) == [("json-duplicate-key", pointer) for pointer in pointers]
    assert document.platform.os == "b"


@pytest.mark.parametrize(
    "number",
    ["NaN", "-Infinity", "1.0", "1e1", "1e400", str(2**53 + 1), str(-(2**53) - 1), "1" * 5000],
)
def test_a_number_that_is_no_plain_integer_is_an_error_where_one_is_used(number: str) -> None:
    raw = encode(manifest()).replace(b'"size": 5', f'"size": {number}'.encode(), 1)
    document = read_manifest(raw)
    assert told(document.faults) == [("json-nonstandard-number", "/config/size")]
    assert document.faults[0].severity is None
    assert document.config is not None
    assert document.config.size is None


@pytest.mark.parametrize("number", [0, 2**53])
def test_integers_that_a_double_holds_are_fine(number: int) -> None:
    document = read_manifest(manifest(config=descriptor(size=number)))
    assert document.faults == ()
    assert document.config is not None
    assert document.config.size == number


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "-1e400", str(2**60), "9" * 5000])
def test_such_a_number_is_only_noted_in_a_field_that_is_not_used(number: str) -> None:
    raw = PLAIN[:-1] + f', "x": [{{"y": {number}}}]}}'.encode()
    document = read_config(raw)
    assert told(document.faults) == [("json-nonstandard-number", "/x/0/y")]
    assert notes(document.faults) == ["json-nonstandard-number"]


@pytest.mark.parametrize("number", ["0.5", "1e3", "1E-400"])
def test_a_fraction_in_a_field_that_is_not_used_is_ordinary(number: str) -> None:
    assert read_config(PLAIN[:-1] + f', "x": {number}}}'.encode()).faults == ()


@pytest.mark.parametrize(
    ("changes", "pointer", "detail"),
    [
        ({"schemaVersion": "2"}, "/schemaVersion", "expected an integer, found a string"),
        ({"schemaVersion": True}, "/schemaVersion", "expected an integer, found true or false"),
        ({"mediaType": 1}, "/mediaType", "expected a string, found a number"),
        ({"mediaType": 1.5}, "/mediaType", "expected a string, found a number"),
        ({"layers": {}}, "/layers", "expected an array, found an object"),
        ({"layers": [[]]}, "/layers/0", "expected an object, found an array"),
        ({"layers": [None]}, "/layers/0", "expected an object, found null"),
        ({"config": "x"}, "/config", "expected an object, found a string"),
        ({"annotations": []}, "/annotations", "expected an object, found an array"),
        ({"annotations": {"a/b": 1}}, "/annotations/a~1b", "expected a string, found a number"),
    ],
)
def test_a_value_of_another_type_is_told_with_its_place(
    changes: dict[str, object], pointer: str, detail: str
) -> None:
    document = read_manifest(json.dumps({**manifest(), **changes}).encode())
    assert told(document.faults) == [("json-wrong-type", pointer)]
    assert document.faults[0].detail == detail
    assert document.faults[0].member == MEMBER


def test_of_many_faults_some_are_kept_and_the_rest_counted_by_severity() -> None:
    limits = replace(DEFAULT_LIMITS, faults=2)
    layers = ", ".join(["NaN"] * 5)
    raw = encode(manifest())[:-1] + f', "unused": [{layers}], "layers": [{layers}]}}'.encode()
    faults = parse_manifest(raw, member=MEMBER, limits=limits).faults
    numbers = [fault for fault in faults if fault.rule == "json-nonstandard-number"]
    assert [(fault.pointer, fault.severity) for fault in numbers] == [
        ("/layers/0", None),
        ("/layers/1", None),
        ("/unused/0", Severity.NOTE),
        ("/unused/1", Severity.NOTE),
        ("", None),
        ("", Severity.NOTE),
    ]
    assert {fault.detail for fault in numbers[-2:]} == {"3 more places"}


def test_recorded_text_in_a_fault_is_bounded() -> None:
    document = read_manifest(manifest(config=descriptor(digest="x" * 100_000)))
    (fault,) = document.faults
    assert fault.recorded is not None
    assert len(fault.recorded) < 300
    assert len(fault.detail) < 300


def test_endless_keys_in_a_pointer_are_bounded() -> None:
    raw = PLAIN[:-1] + b', "' + b"k" * 100_000 + b'": NaN}'
    (fault,) = read_config(raw).faults
    assert fault.pointer is not None
    assert len(fault.pointer) < 300
