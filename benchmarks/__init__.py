"""How fast layertar is, beside what the hardware allows and what its rivals reach.

    python -m benchmarks                                  all cases, in some quarter of an hour
    python -m benchmarks --cases 'gzip-*' --size 2048     some, on archives of 2 GiB
    python -m benchmarks --page docs/performance.md --json results.json

In each case whole processes take turns on one archive: layertar from a file and by a pipe, and
whichever rival is installed. They are held against the *ideal* (`ideal.py`: no design can be
faster) and the targets that are set (`cases.py`, `cases_more.py`). Read the ratios; the seconds
are the machine's. Run by hand: no test looks at a time.
"""
