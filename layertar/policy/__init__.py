"""POLICY FILE -> POLICY.

What somebody requires of images beyond that they are what they record: `layertar.toml`, read
strictly. Pure: the file's bytes come from whoever opens it, the clock from whoever has one.
`model` has the values, `keys` every key with its meaning, `parse` reads.
"""
