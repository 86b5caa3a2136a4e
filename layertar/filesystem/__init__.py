"""LAYER BYTES -> CHANGESETS -> TREES: which files a layer has, and which the layers make together.

    entry      one entry, as an object
    changeset  one layer's entries, in columns
    builder    fills them in the reading of the layer
    apply      layers on top of one another
    ways       where paths lead meanwhile
    hardlinks  what hard links are further names of
    tree       what they make: each path with its row
    listing    which of it one wants to see
    store      changesets that are kept from run to run
    locate     the data of the file at a path
    newest     the same from the top layer down, of no more layers than needed

Nothing is looked up on any machine, and nothing is unpacked: names are bytes, and a symbolic link
is followed in the tree alone.
"""

from layertar.filesystem.apply import apply
from layertar.filesystem.builder import ChangesetBuilder, Room
from layertar.filesystem.changeset import Changeset, Extra
from layertar.filesystem.entry import FileEntry, FileKind
from layertar.filesystem.tree import Directory, Fate, Node, Tree

__all__ = [
    "Changeset",
    "ChangesetBuilder",
    "Directory",
    "Extra",
    "Fate",
    "FileEntry",
    "FileKind",
    "Node",
    "Room",
    "Tree",
    "apply",
]
