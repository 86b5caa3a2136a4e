"""`layertar ls`."""

from layertar.cli import _files as listed
from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._exit import wrong_usage
from layertar.cli._progress import progress

__all__ = ["ls"]


def ls(
    archive: identity.Archive,
    path: listed.OptionalPath = "",
    *,
    image: listed.ImageOption = None,
    platform: listed.PlatformOption = None,
    layer: listed.LayerOption = None,
    recursive: listed.Recursive = False,
    long: listed.Long = False,
    digest: listed.Digests = False,
    deleted: listed.Deleted = False,
    sort: listed.SortOption = listed.SortBy.NAME,
    null: listed.Names0 = False,
    form: listed.FileFormatOption = listed.FileFormat.TEXT,
    verify: identity.Verify = False,
    cache: listed.Cache = None,
    workers: options.Workers = None,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """List the files of an image, or of one of its layers.

    Exit codes: 0 listed, 1 something is damaged or missing, 2 wrong usage or no such file,
    3 unreadable or no image.
    """
    source = identity.one_source(archive, output)
    from layertar.api.files import files  # noqa: PLC0415 - what needs no reading needs nothing of it
    from layertar.filesystem.listing import Sort  # noqa: PLC0415 - as above
    from layertar.report.file_rows import FileStyle  # noqa: PLC0415 - as above

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = files(
            source,
            image=image,
            platform=platform,
            digests=digest,
            verify=verify,
            workers=workers,
            on_progress=on_progress,
            cache=cache,
        )
        chosen = found.spots(
            path, recursive=recursive, deleted=deleted, layer=layer, by=Sort(sort.value)
        )
    style = FileStyle(long=long, digests=digest, null=null, states=deleted or layer is not None)
    listed.show_files(
        found, chosen, "ls", archive, form=form, style=style, layer=layer, output=output
    )
