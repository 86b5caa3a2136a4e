"""Tests of layertar.cli."""
