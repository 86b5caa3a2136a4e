"""`layertar find`."""

from layertar.cli import _conditions as conditions
from layertar.cli import _files as listed
from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._exit import wrong_usage
from layertar.cli._progress import progress

__all__ = ["find"]


def find(
    archive: identity.Archive,
    *,
    name: conditions.Name = None,
    path: conditions.Path = None,
    kind: conditions.Type = None,
    size: conditions.Size = None,
    mode: conditions.Mode = None,
    owner: conditions.Owner = None,
    newer: conditions.Newer = None,
    digest: conditions.Digest = None,
    setuid: conditions.Setuid = False,
    capability: conditions.Capability = False,
    xattr: conditions.Xattr = None,
    image: listed.ImageOption = None,
    platform: listed.PlatformOption = None,
    layer: listed.LayerOption = None,
    deleted: listed.Deleted = False,
    long: listed.Long = False,
    digests: conditions.Digests = False,
    sort: listed.SortOption = listed.SortBy.NAME,
    null: listed.Names0 = False,
    form: listed.FileFormatOption = listed.FileFormat.TEXT,
    verify: identity.Verify = False,
    cache: listed.Cache = None,
    workers: options.Workers = None,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Find files of an image, or of one of its layers.

    All kinds of conditions must hold; of one that is given several times, any, but of sizes all.
    Exit codes: 0 looked, 1 something is damaged or missing, 2 wrong usage, 3 unreadable or no
    image.
    """
    source = identity.one_source(archive, output)
    from layertar.api import finding  # noqa: PLC0415 - what needs no reading needs nothing of it
    from layertar.filesystem.listing import Sort  # noqa: PLC0415 - as above
    from layertar.filesystem.query_text import parse_query  # noqa: PLC0415 - as above
    from layertar.report.file_rows import FileStyle  # noqa: PLC0415 - as above

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        query = parse_query(
            names=name or (),
            paths=path or (),
            kinds=kind or (),
            sizes=size or (),
            modes=mode or (),
            owners=owner or (),
            newer=newer,
            digests=digest or (),
            setuid=setuid,
            capability=capability,
            xattrs=xattr or (),
        )
        found = finding.find(
            source,
            query,
            image=image,
            platform=platform,
            layer=layer,
            deleted=deleted,
            digests=digests,
            verify=verify,
            cache=cache,
            workers=workers,
            on_progress=on_progress,
        )
        spots = found.spots(Sort(sort.value))
    style = FileStyle(long=long, digests=digests, null=null, states=deleted or layer is not None)
    listed.show_files(
        found.files, spots, "find", archive, form=form, style=style, layer=layer, output=output
    )
