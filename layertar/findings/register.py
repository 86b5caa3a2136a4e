"""Every rule and every check, listed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.findings.checks import (
    absence,
    blobs,
    config,
    diff_ids,
    docker,
    documents,
    framing,
    layers,
    members,
    views,
    whole,
)
from layertar.findings.checks.unreadable import RULES as UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.findings.draft import Check
    from layertar.findings.model import Rule

__all__ = ["CHECKS", "RULES"]

_ALL = (
    *UNREADABLE,
    *framing.RULES,
    *members.RULES,
    *documents.RULES,
    *blobs.RULES,
    *absence.RULES,
    *config.RULES,
    *layers.RULES,
    *diff_ids.RULES,
    *views.RULES,
    *docker.RULES,
    *whole.RULES,
)

#: Every rule, by name.
RULES: Mapping[str, Rule] = {rule.name: rule for rule in _ALL}

#: Every check; their order is that of findings of equal weight and place.
CHECKS: tuple[Check, ...] = (
    framing.check_framing,
    framing.check_changes,
    members.check_duplicates,
    members.check_member_names,
    members.check_links,
    documents.check_documents,
    documents.check_inner_media_types,
    blobs.check_names,
    blobs.check_claims,
    absence.check_absence,
    config.check_counts,
    config.check_platform,
    config.check_root,
    config.check_user,
    layers.check_streams,
    layers.check_content,
    diff_ids.check_diff_ids,
    views.check_views,
    views.check_names_once,
    docker.check_docker_items,
    docker.check_repositories,
    whole.check_bonds,
    whole.check_nothing,
    whole.check_expected,
)
