"""Every rule and every check, listed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.findings.checks import (
    absence,
    blob_names,
    blobs,
    config,
    contents,
    damage,
    diff_ids,
    docker,
    documents,
    entries,
    framing,
    layer_content,
    layers,
    members,
    orphans,
    peers,
    pins,
    policy_budget,
    policy_content,
    shapes,
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
    *blob_names.RULES,
    *blobs.RULES,
    *absence.RULES,
    *config.RULES,
    *layers.RULES,
    *layer_content.RULES,
    *contents.RULES,
    *diff_ids.RULES,
    *views.RULES,
    *docker.RULES,
    *entries.RULES,
    *orphans.RULES,
    *peers.RULES,
    *shapes.RULES,
    *pins.RULES,
    *whole.RULES,
    *policy_budget.RULES,
    *policy_content.RULES,
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
    blob_names.check_names,
    blobs.check_claims,
    absence.check_absence,
    config.check_counts,
    config.check_platform,
    config.check_root,
    config.check_user,
    layers.check_streams,
    layers.check_content,
    diff_ids.check_diff_ids,
    layer_content.check_entries,
    layer_content.check_encrypted,
    layer_content.check_tables,
    contents.check_contents,
    contents.check_config_secrets,
    views.check_views,
    views.check_names_once,
    docker.check_docker_items,
    docker.check_repositories,
    entries.check_entries,
    entries.check_statements,
    entries.check_platforms,
    entries.check_types,
    orphans.check_orphans,
    orphans.check_members,
    peers.check_safe_names,
    peers.check_peer_limits,
    peers.check_producer,
    shapes.check_file_names,
    shapes.check_build_caches,
    shapes.check_checkpoints,
    damage.check_damage,
    whole.check_bonds,
    whole.check_nothing,
    whole.check_stopped,
    whole.check_expected,
    pins.check_checksums,
    pins.check_lock,
    policy_budget.check_budget,
    policy_content.check_required,
    policy_content.check_allowed,
    policy_content.check_forbidden,
    policy_content.check_policy_views,
)
