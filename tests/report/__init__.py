"""Tests of layertar.report."""
