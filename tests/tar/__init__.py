"""Tests of `layertar.tar`."""
