from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.digest import Digest
from layertar.fault import Severity
from layertar.findings.model import Location
from layertar.image.model import RecordedBase, RecordedLayerFacts, Verdict
from layertar.report.model import Expectation, Report
from layertar.report.register import TextStyle
from layertar.report.text import TextReporter
from tests.report.examples import (
    archive,
    artifact,
    damaged_report,
    digest,
    finding,
    image,
    inspected_report,
    layer,
    report,
    unreadable_report,
)


def shown(what: Report, style: TextStyle | None = None) -> str:
    out = StringIO()
    TextReporter(style).write(what, out)
    return out.getvalue()


CLEAN = report(archive(image(*(layer(position) for position in range(5)))))


def test_what_is_ignored_is_shown_with_its_reason_and_its_last_day() -> None:
    lines = shown(damaged_report("\x1b[1m")).splitlines()
    place = lines.index("ignored  name-unsafe: \\x1b[1m")
    assert lines[place + 1] == "         reason    \\x1b[1m, until 2026-12-31"
    assert lines[2].endswith(", 1 ignored")


def test_a_clean_archive_of_one_image_is_shown_whole_on_a_screen() -> None:
    assert (
        shown(CLEAN, TextStyle(80))
        == f"""\
VERIFIED  app.tar
  every document and layer is what the archive records
  29.9 MiB, views oci and docker, 1 image, no findings

image docker.io/library/app:1.0  linux/arm/v7  verified
  also      app:1.0
  image ID  {digest("config")}
  manifest  {digest("manifest")}
  views     oci, docker; created 2024-01-01T00:00:00Z
  5 layers, as measured:
  #  digest        diff_id           size  unpacked  codec  created by  verdict
  0  3ef3bd6c80bd  1f32c47b728f  29.9 MiB  76.3 MiB  gzip   COPY . ...  verified
  1  54db133a109f  99cf5613d1d3  29.9 MiB  76.3 MiB  gzip   COPY . ...  verified
  2  0c6eea24ed5f  2a41d2c0a535  29.9 MiB  76.3 MiB  gzip   COPY . ...  verified
  3  ffcc470fc39f  955317cd9124  29.9 MiB  76.3 MiB  gzip   COPY . ...  verified
  4  9a3f33bc2c21  1cfec847a730  29.9 MiB  76.3 MiB  gzip   COPY . ...  verified

image ID: digest of the config; `docker images` shows it on the classic store
manifest, index: registries, and `docker images` on the containerd store, show these
digests in tables are cut to 12 digits; --format json has them whole
"""
    )


def test_without_a_terminal_no_digest_is_shortened() -> None:
    text = shown(CLEAN)
    for position in range(5):
        assert str(layer(position).digest) in text
        assert str(layer(position).diff_id) in text
    assert "are cut to" not in text


def test_a_wide_terminal_shows_whole_digests() -> None:
    assert str(layer(3).diff_id) in shown(CLEAN, TextStyle(220))


def test_digests_that_begin_alike_are_told_apart_on_a_narrow_terminal() -> None:
    twin = Digest("sha256", str(layer(0).digest)[7:27] + "0" * 44)
    layers = (layer(0), replace(layer(1), digest=twin))
    text = shown(report(archive(image(*layers))), TextStyle(80))
    assert "cut to 21 digits" in text
    assert twin.encoded[:21] in text


def test_no_digest_of_a_finding_is_shortened_however_narrow_the_terminal() -> None:
    text = shown(damaged_report(str(digest("recorded"))), TextStyle(40))
    assert f": {digest('recorded')}\n" in text
    assert f"measured  {digest('other')}\n" in text


def test_a_finding_tells_what_its_message_does_not_say_and_what_is_related() -> None:
    assert (
        """
error    layer-diffid-mismatch: text
         at        text@512#/text, image {}, layer 0
         measured  {}
         - blob-digest-mismatch: text
           at        text@512#/text
note     outer-compression: text
""".format(digest("manifest"), digest("other"))
        in shown(damaged_report())
    )


def test_a_value_that_the_message_lacks_is_told_in_full() -> None:
    told = finding(message="short", recorded=str(digest("a")), measured=str(digest("b")))
    text = shown(report(archive(findings=(told,))))
    assert f"recorded  {digest('a')}\n" in text
    assert f"measured  {digest('b')}\n" in text


def test_an_offset_or_pointer_is_shown_without_a_member_too() -> None:
    found = (
        finding(location=Location(member="m")),
        finding(location=Location(offset=0)),
        finding(location=Location(member="m", pointer="")),
        finding(location=Location(layer=0)),
    )
    text = shown(report(archive(findings=found)))
    assert re.findall("^ +at +(.*)", text, re.MULTILINE) == ["m", "@0", "m#", "layer 0"]


def test_recorded_values_are_marked_where_nothing_was_measured() -> None:
    text = shown(damaged_report())
    assert f"{layer(1).digest}?  " in text
    assert "?: recorded; it was not measured" in text
    assert f"{layer(0).digest}?" not in text
    assert "?: recorded" not in shown(CLEAN)


def test_inspect_says_that_digests_are_recorded_and_not_proved() -> None:
    text = shown(inspected_report())
    assert text.startswith("RECORDED  app.tar\n  recorded, not proved: ")
    assert "1 layer, as recorded, not proved:" in text
    assert f"{layer(0).digest}  " in text
    assert "?" not in text


def test_an_identity_that_was_not_measured_is_shown_as_recorded() -> None:
    one = replace(image(layer()), manifest_digest=None, image_id=None)
    text = shown(report(archive(one)))
    assert f"  image ID  {digest('config')} (recorded)\n" in text
    assert f"  manifest  {digest('manifest')} (recorded)\n" in text


def test_an_image_without_name_layers_platform_or_id_is_shown() -> None:
    one = replace(image(names=()), platform=None, image_id=None, created=None)
    one = replace(one, recorded=replace(one.recorded, image_id=None))
    text = shown(report(archive(one)))
    assert "image (no name)  verified\n  image ID  not known\n" in text
    assert "  views     oci, docker\n  0 layers\n" in text


def test_a_layer_of_which_nothing_is_known_is_shown_on_any_terminal() -> None:
    nothing = RecordedLayerFacts(digest=None, diff_id=None, size=None)
    bare = replace(layer(measured=False, created_by=None), recorded=nothing)
    one = replace(image(bare, layer(1)), config=None)
    text = shown(report(archive(one)), TextStyle(80))
    assert re.search("^  0  - +- +- +- +- +- +verified$", text, re.MULTILINE)


def test_an_archive_of_one_view_has_one() -> None:
    assert "MiB, view docker, 0 images, no" in shown(report(archive(views=("docker",))))


def test_an_index_digest_is_shown_where_there_is_one() -> None:
    one = replace(image(), index_digest=digest("index"))
    assert f"  index     {digest('index')}\n" in shown(report(archive(one)))


def test_an_expected_digest_is_told_with_what_it_was() -> None:
    wanted = f"app:1@{digest('manifest')}"
    met = Expectation(text=wanted, met_as="manifest digest", image=str(digest("manifest")))
    unmet = Expectation(text="sha256:absent", met_as=None, image=None)
    text = shown(report(replace(archive(image()), expected=(met, unmet))))
    assert f"\n  expected {wanted}: it is the manifest digest\n" in text
    # A finding tells of the other.
    assert "absent" not in text


def test_artifacts_are_shown_one_a_line() -> None:
    text = shown(report(archive(artifacts=(artifact(), artifact()))))
    line = f"{digest('attestation')}  application/vnd.in-toto+json  900 B      1  "
    assert "2 artifacts beside images:" in text
    assert text.count(f"  {line}{digest('manifest')}  verified\n") == 2


def test_names_of_artifacts_are_shown_where_one_has_any() -> None:
    named = replace(artifact(), names=("chart:1", "chart:\x1b[0m"))
    text = shown(report(archive(artifacts=(named, artifact()))))
    assert re.search(r"^  name +digest +type ", text, re.MULTILINE)
    assert re.search(r"^  chart:1, chart:\\x1b\[0m +sha256:", text, re.MULTILINE)
    assert re.search(r"^  - +sha256:", text, re.MULTILINE)
    assert " name " not in shown(report(archive(artifacts=(artifact(),))))


def test_an_artifact_of_which_nothing_is_known_is_shown() -> None:
    unknown = replace(
        artifact(), digest=None, artifact_type=None, media_type=None, subject=None, size=None
    )
    text = shown(report(archive(artifacts=(unknown,))))
    assert re.search("^  - +- +- +1 +- +verified$", text, re.MULTILINE)


def test_an_unreadable_input_is_one_sentence_and_no_legend() -> None:
    assert (
        shown(unreadable_report())
        == """\
UNREADABLE  absent.tar
  not judged: no image archive could be read

error    input-unreadable: absent.tar: no such file or directory
"""
    )


def test_several_archives_are_counted_at_the_end() -> None:
    clean, bad = archive(name="a"), archive(name="b", verdict=Verdict.FAILED)
    assert shown(report(clean, bad, clean)).endswith("\n3 archives: 2 verified, 1 failed\n")


def test_a_report_on_no_archive_is_empty() -> None:
    assert shown(report()) == ""


def test_an_instruction_is_one_short_line_without_the_shells_prefix() -> None:
    one = layer(0, created_by='/bin/sh -c #(nop)  CMD ["sh"]\n\t&& x ' + "y" * 5000)
    text = shown(report(archive(image(one))))
    assert f'  CMD ["sh"] && x {"y" * 41}...  verified' in text


def test_colours_are_shown_only_where_they_are_wanted() -> None:
    assert "\x1b" not in shown(damaged_report())
    text = shown(damaged_report(), TextStyle(color=True))
    assert "\x1b[1;31mFAILED\x1b[0m" in text
    assert re.sub("\x1b\\[[0-9;]*m", "", text) == shown(damaged_report())


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_colour_and_a_word(verdict: Verdict) -> None:
    one = image(layer(verdict=verdict), verdict=verdict)
    text = shown(report(archive(one, verdict=verdict)), TextStyle(color=True))
    assert text.lower().count(f"m{verdict.value}\x1b[0m") == 3


@pytest.mark.parametrize("severity", Severity)
def test_every_severity_has_a_colour_and_a_count(severity: Severity) -> None:
    text = shown(report(archive(findings=(finding(severity=severity),))), TextStyle(color=True))
    assert f"1 {severity.label}\n" in text
    assert re.search(f"^\x1b.*{severity.label}", text, re.MULTILINE)


OURS = re.compile(
    r"$|  |FAILED  |image |1 artifact beside|error  |note  |ignored  |image ID:|manifest, "
    r"|digests |\?: "
)


@given(st.text(alphabet=st.characters(exclude_categories=())) | st.just("::error::x\n##vso[y"))
def test_text_of_the_archive_begins_no_line_and_moves_no_cursor(text: str) -> None:
    shown_text = shown(damaged_report(text), TextStyle(100))
    assert all(char.isprintable() for char in shown_text.replace("\n", ""))
    assert all(OURS.match(line) for line in shown_text.split("\n"))


@pytest.mark.parametrize("command", ["inspect", "verify"])
def test_the_base_that_an_image_names_is_shown_as_recorded(command: str) -> None:
    base = RecordedBase(name="docker.io/library/alpine:3", digest=str(digest("base")))
    what = report(archive(image(base=base)), command=command)
    (line,) = [line for line in shown(what).splitlines() if line.startswith("  base ")]
    assert line == f"  base      docker.io/library/alpine:3@{digest('base')}, as recorded"
