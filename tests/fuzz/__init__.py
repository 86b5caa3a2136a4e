"""A mutation fuzzer of our own: seeds from the fixtures, changed as bytes and by structure.

    python -m tests.fuzz --seconds 600 --seed 1 --keep crashers

    edits      any bytes changed anywhere
    tars       tar headers, PAX records, members moved, two archives spliced
    streams    gzip members and zstd frames
    texts      tokens of JSON documents
    chain      what a document records made true again after a change
    semantic   an archive changed in its meaning: blobs, digests, orders, names, views
    mutator    which of them, and how often
    targets    what is run on a mutant, and what must hold
    loop       the loop, its pool of inputs, and what is kept

What is told of a mutant guides the loop: one that makes the library say something that no
other did joins the pool. Equal seeds and counts make equal runs, whatever the machine.
"""
