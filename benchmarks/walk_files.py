"""The loop that people post: every layer's members, by `tarfile`. A process of its own.

`python benchmarks/walk_files.py ARCHIVE` prints the path of each; standard library only.
"""

from __future__ import annotations

import json
import sys
import tarfile


def main(path: str) -> None:
    """Print what is in the layers of the archive's first image."""
    with tarfile.open(path) as archive:
        items = archive.extractfile("manifest.json")
        if items is None:
            raise SystemExit("no manifest.json")
        for name in json.load(items)[0]["Layers"]:
            with tarfile.open(fileobj=archive.extractfile(name)) as layer:
                for member in layer:
                    print(member.name)


if __name__ == "__main__":
    main(sys.argv[1])
