"""Tests of `layertar.filesystem`."""
