r"""ImagePath: a path in the file system of an image, much like `pathlib.Path`, to be read only.

>>> from layertar import files
>>> root = files("fixtures/real/docker-20.10-one-image.tar").root
>>> sorted(path.name for path in (root / "opt").iterdir())
['tool', 'tool-again']
>>> (root / "etc" / "hello.link").resolve()
ImagePath('/etc/hello.txt')
>>> [str(path) for path in root.glob("**/*.txt")]
['/etc/hello.txt', '/srv/notes.txt']
>>> with (root / "opt" / "tool").open() as file:
...     file.readline()
b'#!/bin/sh\n'
>>> (root / "opt" / "tool").stat().mode == 0o755
True
"""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Literal, TextIO, overload

from layertar.api.file_data import FileData
from layertar.errors import ArgumentError, SelectionError
from layertar.filesystem import Directory, FileKind
from layertar.filesystem.glob import Glob
from layertar.filesystem.locate import locate, why_absent
from layertar.measure import Range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.api.files import Files
    from layertar.filesystem import FileEntry

__all__ = ["ImagePath"]

_BUFFER = 256 << 10
_MAGIC = frozenset("*?[\\")
_EVERYTHING = "**"
_DIRECTORY = FileKind.DIRECTORY


class ImagePath:
    """A path in an image's file system; links are followed within its root, as a container would.

    Such as `files("app.tar").root / "etc" / "passwd"`. It is always absolute, is no path of this
    machine, and two of them are equal if they are the same path of the same `Files`.
    """

    __slots__ = ("_files", "_pure")

    def __init__(self, files: Files, path: str | PurePosixPath = "/") -> None:
        """Begin at a path of an image, `surrogateescape`d."""
        self._files = files
        self._pure = PurePosixPath("/", str(path).lstrip("/"))

    def __truediv__(self, other: str | PurePosixPath) -> ImagePath:
        """Go on from here, or from the root where `other` is absolute."""
        return ImagePath(self._files, self._pure / other)

    def __str__(self) -> str:
        """Write the path, with the leading slash."""
        return str(self._pure)

    def __repr__(self) -> str:
        """Write what this is."""
        return f"ImagePath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        """Compare with another path of the same image."""
        if not isinstance(other, ImagePath):
            return NotImplemented
        return self._files is other._files and self._pure == other._pure

    def __lt__(self, other: ImagePath) -> bool:
        """Sort by path."""
        return self._pure < other._pure

    def __hash__(self) -> int:
        """Hash as what is equal."""
        return hash(self._pure)

    @property
    def name(self) -> str:
        """The last part; empty for the root."""
        return self._pure.name

    @property
    def stem(self) -> str:
        """The last part without its suffix."""
        return self._pure.stem

    @property
    def suffix(self) -> str:
        """What the last part ends with, from its last dot on."""
        return self._pure.suffix

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts, the first one a slash."""
        return self._pure.parts

    @property
    def parent(self) -> ImagePath:
        """The path without its last part."""
        return ImagePath(self._files, self._pure.parent)

    def joinpath(self, *others: str | PurePosixPath) -> ImagePath:
        """Go on from here, as `/` does."""
        return ImagePath(self._files, self._pure.joinpath(*others))

    def stat(self) -> FileEntry:
        """Return what lies there, symbolic links followed.

        Raises:
            SelectionError: nothing does, and why.
        """
        return self._entry(follow=True)

    def lstat(self) -> FileEntry:
        """Return what lies there, be it a symbolic link; errors are those of `stat`."""
        return self._entry(follow=False)

    def exists(self) -> bool:
        """Whether something lies there, symbolic links followed."""
        return self._files.tree.find(self._raw) is not None

    def is_file(self) -> bool:
        """Whether a file lies there, symbolic links followed."""
        return self._is(FileKind.FILE, follow=True)

    def is_dir(self) -> bool:
        """Whether a directory lies there, symbolic links followed."""
        return self._is(FileKind.DIRECTORY, follow=True)

    def is_symlink(self) -> bool:
        """Whether a symbolic link lies there."""
        return self._is(FileKind.SYMLINK, follow=False)

    def readlink(self) -> PurePosixPath:
        """Return where a symbolic link leads, as it is recorded.

        Raises:
            SelectionError: it is none.
        """
        entry = self.lstat()
        if entry.kind is not FileKind.SYMLINK or entry.link_target is None:
            raise SelectionError(str(self), "it is no symbolic link", ())
        return PurePosixPath(entry.link_target)

    def resolve(self) -> ImagePath:
        """Return the path without links and dot-dot; errors are those of `stat`."""
        return ImagePath(self._files, self.stat().path)

    def iterdir(self) -> Iterator[ImagePath]:
        """Iterate over what is in the directory, sorted by name.

        Raises:
            SelectionError: it is none.
        """
        found = self._files.tree.find(self._raw)
        if found is None or not isinstance(found[1], Directory):
            reason = why_absent(self._files.tree, self._raw) if found is None else "no directory"
            raise SelectionError(str(self), reason, ())
        names = sorted(found[1].children)
        return (self / name.decode("utf-8", "surrogateescape") for name in names)

    def glob(self, pattern: str) -> Iterator[ImagePath]:
        """Iterate over what is below and fits a pattern, in a fixed order, each path once.

        `*`, `?` and `[...]` are within one part, and take a leading dot, too; a part `**` is any
        number of directories, symbolic links not followed.

        Raises:
            ArgumentError: the pattern is empty, absolute or malformed.
        """
        parts = PurePosixPath(pattern).parts
        if not parts or parts[0] == "/":
            raise ArgumentError(f"{pattern!r} is no pattern of what is below")
        globs = [None if each == _EVERYTHING else Glob.parse(each) for each in parts]
        return self._matching(globs, parts)

    def rglob(self, pattern: str) -> Iterator[ImagePath]:
        """Iterate over what is at any depth below and fits a pattern; see `glob`."""
        return self.glob(f"{_EVERYTHING}/{pattern}")

    def _matching(self, globs: list[Glob | None], parts: tuple[str, ...]) -> Iterator[ImagePath]:
        # With these one path can be reached in several ways.
        is_once = parts.count(_EVERYTHING) < 2 and ".." not in parts  # noqa: PLR2004 - see above
        due, seen = [(self, 0)], set[tuple[ImagePath, int]]()
        while due:
            path, at = due.pop()
            if at == len(globs):
                yield path
                continue
            glob, literal = globs[at], path / parts[at]
            found: list[tuple[ImagePath, int]] = []
            if glob is None:
                found.append((path, at + 1))
                below = path.iterdir() if path.is_dir() else ()
                found += [(each, at) for each in below if each.lstat().kind is _DIRECTORY]
            elif not _MAGIC.intersection(parts[at]):
                found += [(literal, at + 1)] if literal.exists() or literal.is_symlink() else []
            elif path.is_dir():
                found += [
                    (each, at + 1)
                    for each in path.iterdir()
                    if glob.matches(each.name.encode("utf-8", "surrogateescape"))
                ]
            if not is_once:
                found = [each for each in found if each not in seen]
                seen.update(found)
            due += reversed(found)

    @overload
    def open(self, mode: Literal["rb"] = "rb") -> BinaryIO: ...

    @overload
    def open(
        self, mode: Literal["r"], *, encoding: str = "utf-8", errors: str = "strict"
    ) -> TextIO: ...

    def open(
        self, mode: Literal["rb", "r"] = "rb", *, encoding: str = "utf-8", errors: str = "strict"
    ) -> BinaryIO | TextIO:
        """Open a file, of which bytes are read from the archive as they are asked for.

        The archive is opened again, and refused if it has changed. A layer that is compressed is
        uncompressed up to what is read, again for what lies before; of an archive that is
        compressed itself the file is held in memory.

        Args:
            mode: `rb` for bytes, `r` for text.
            encoding: of text.
            errors: what to do with what is no text, as for `open`.

        Raises:
            SelectionError: there is no such file, or the archive came as a stream.
            InputError: while reading: it cannot be read, has changed or is damaged.
        """
        files, tree = self._files, self._files.tree
        found = locate(tree, self._raw)
        store = files.store
        reason = found.reason
        if reason is None and store is None:
            reason = "a stream has passed: save the file first"
        if reason is not None or store is None:
            raise SelectionError(str(self), reason or "", ())
        changeset, row = tree.changeset(found.inode)
        data = Range(changeset.offsets[row], changeset.sizes[row])
        opened = io.BufferedReader(FileData(store, tree.place(found.inode)[0], data), _BUFFER)
        return opened if mode == "rb" else io.TextIOWrapper(opened, encoding, errors)

    def read_bytes(self) -> bytes:
        """Return a file's bytes; errors are those of `open`, and of reading."""
        with self.open() as file:
            return file.read()

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return a file's text; errors are those of `read_bytes`, and `UnicodeError`."""
        with self.open("r", encoding=encoding, errors=errors) as file:
            return file.read()

    @property
    def _raw(self) -> bytes:
        return str(self._pure).encode("utf-8", "surrogateescape")

    def _entry(self, *, follow: bool) -> FileEntry:
        tree = self._files.tree
        found = tree.find(self._raw, follow=follow)
        if found is None:
            raise SelectionError(str(self), why_absent(tree, self._raw), ())
        path, node = found
        return tree.entry(node.row if isinstance(node, Directory) else node, path)

    def _is(self, kind: FileKind, *, follow: bool) -> bool:
        tree = self._files.tree
        found = tree.find(self._raw, follow=follow)
        return found is not None and self._entry(follow=follow).kind is kind
