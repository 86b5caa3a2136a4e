"""Tests of `layertar.secrets`."""
