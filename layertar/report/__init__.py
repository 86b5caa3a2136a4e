"""Report: facts and findings as text or JSON.

A reporter sees a `Report` (`model`) and a handle to write to, nothing else. A format is one file
and one line of `register`. Nothing is imported here, for all that says anything needs `escape`.
"""
