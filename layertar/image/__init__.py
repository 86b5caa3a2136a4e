"""RECORDS + MEASUREMENTS -> IMAGES. Nothing here reads a byte."""

from layertar.image.describe import (
    describe_artifact,
    describe_image,
    is_tar_layer,
    measured_image_id,
    platform_of,
)
from layertar.image.join import JoinedImage, join, name_key
from layertar.image.measured import Measured
from layertar.image.select import candidate, parse_platform, select, select_all

__all__ = [
    "JoinedImage",
    "Measured",
    "candidate",
    "describe_artifact",
    "describe_image",
    "is_tar_layer",
    "join",
    "measured_image_id",
    "name_key",
    "parse_platform",
    "platform_of",
    "select",
    "select_all",
]
