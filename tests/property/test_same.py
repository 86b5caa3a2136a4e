"""One archive, whatever its members' order and however it comes, is told the same."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from layertar import Verdict, inspect, verify
from tests.builders import CODECS, Built, Codec
from tests.property.archives import built_archives, damaged_archives

if TYPE_CHECKING:
    from layertar import ArchiveReport, Finding


def piped(data: bytes) -> ArchiveReport:
    return verify(io.BytesIO(data)).archives[0]


def without_place(finding: Finding) -> tuple[object, ...]:
    """A finding, but for the offsets that follow from its members' order."""
    return (
        finding.rule.name,
        finding.severity,
        finding.effect,
        # Where the right bytes lie in several places, the first is named.
        finding.message.partition("; the right bytes are in ")[0],
        finding.location.member,
        finding.location.pointer,
        finding.location.image,
        finding.location.layer,
        finding.recorded,
        finding.measured,
    )


def consequences(report: ArchiveReport) -> set[tuple[str, str]]:
    """What follows from the findings; what follows from several is told with any of them."""
    return {(each.rule, each.message) for finding in report.findings for each in finding.related}


@given(built=damaged_archives(), data=st.data())
def test_the_order_of_members_does_not_change_the_findings(
    built: Built, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(built.members))))
    due, found = piped(built.tar()), piped(built.reorder(order).tar())
    assert found.verdict is due.verdict
    if due.verdict is Verdict.UNREADABLE:  # Its message lists what is there, in order.
        assert {each.rule for each in found.findings} == {each.rule for each in due.findings}
        return
    # Who wrote the archive is guessed by the order, too.
    told, wanted = (
        {without_place(each) for each in report.findings if each.rule.name != "producer-guess"}
        for report in (found, due)
    )
    assert told == wanted
    assert consequences(found) == consequences(due)
    # Without any document that lists them, images of Docker before 1.10 come as they lie.
    assert set(map(repr, found.images)) == set(map(repr, due.images))
    assert found.artifacts == due.artifacts


@settings(max_examples=200)
@given(built=damaged_archives())
def test_a_file_is_told_as_a_pipe_and_an_unpacked_directory_as_both(built: Built) -> None:
    data = built.tar()
    pipe = piped(data)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "archive.tar"
        path.write_bytes(data)
        file = verify(path).archives[0]
        shown, piped_shown = inspect(path).archives[0], inspect(io.BytesIO(data)).archives[0]
        directory = verify(built.directory(Path(place) / "unpacked")).archives[0]
    assert (file.verdict, file.views) == (pipe.verdict, pipe.views)
    assert file.findings == pipe.findings
    assert (file.images, file.artifacts) == (pipe.images, pipe.artifacts)
    assert (shown.images, shown.artifacts) == (piped_shown.images, piped_shown.artifacts)
    assert shown.findings == piped_shown.findings
    assert directory.verdict is file.verdict
    if file.verdict is not Verdict.UNREADABLE:
        assert (directory.images, directory.artifacts) == (file.images, file.artifacts)


@given(built=built_archives(), codec=st.sampled_from(CODECS))
def test_a_wrapper_changes_nothing_but_that_it_is_told(built: Built, codec: Codec) -> None:
    due, found = piped(built.tar()), piped(built.compressed(codec))
    told = [each for each in found.findings if each.rule.name != "outer-compression"]
    assert told == list(due.findings)
    assert (found.verdict, found.images, found.artifacts) == (
        due.verdict,
        due.images,
        due.artifacts,
    )


@given(built=built_archives(), prefix=st.sampled_from(["./", "/", "././"]))
def test_a_prefix_of_every_name_changes_no_image(built: Built, prefix: str) -> None:
    due, found = piped(built.tar()), piped(built.tar(prefix=prefix))
    assert (found.verdict, found.images, found.artifacts) == (
        due.verdict,
        due.images,
        due.artifacts,
    )
