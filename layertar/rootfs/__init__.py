"""TREE -> TAR OR DIRECTORY: the file system of an image, written out.

    model      what is written, and to whom
    plan       what goes out in which order, and what cannot
    send       the bytes of files, as they come out of the layers, put in their places
    tarball    as a tar
    directory  as files of this machine
    target     the directory that they go to

Nothing here reads an archive, and nothing in an image leads out of where it is written.
"""
