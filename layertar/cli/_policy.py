"""The policy file: which one is followed, and how it is read.

Only the working directory is looked at, none above it: whoever runs the command sees what lies
there. What is found so, and not named, is told on standard error.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from layertar.cli._options import limits_of
from layertar.cli._output import complain
from layertar.errors import PolicyError, system_reason
from layertar.limits import DEFAULT_LIMITS
from layertar.policy.model import NO_POLICY
from layertar.report.escape import escape

if TYPE_CHECKING:
    from layertar.limits import Limits
    from layertar.policy.model import Policy

__all__ = ["bounds", "followed_policy"]

_OPTION = "--config"
_OWN = Path("layertar.toml")
_SHARED = Path("pyproject.toml")
_TABLE = ("tool", "layertar")
# Bytes of a policy file; real ones have a few thousand.
_MOST = 1 << 20


def followed_policy(config: Path | None, *, no_config: bool) -> Policy:
    """Read the policy file that is named, or else the one in the working directory.

    Raises:
        typer.BadParameter: it cannot be read, or is not understood; says where, and why.
    """
    if no_config:
        if config is not None:
            raise typer.BadParameter("it and --no-config exclude each other", param_hint=_OPTION)
        return NO_POLICY
    if config is not None:
        policy = _policy(config)
        if policy is None:
            raise typer.BadParameter(
                f"{escape(str(config))}: there is no [tool.layertar] in it", param_hint=_OPTION
            )
        return policy
    for path in (_OWN, _SHARED):
        if path.is_file() and (policy := _policy(path)) is not None:
            complain(f"policy: {path}")
            return policy
    return NO_POLICY


def bounds(policy: Policy, max_uncompressed: int | None) -> Limits | None:
    """Return the bounds of the command line and the policy; `None` where the former has none."""
    if max_uncompressed is None:
        return None
    return limits_of(max_uncompressed, policy.bounds(DEFAULT_LIMITS))


def _policy(path: Path) -> Policy | None:
    """Read a policy file; `None` for a `pyproject.toml` that has no policy."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST + 1)
    except OSError as error:
        reason = system_reason(error)
        raise typer.BadParameter(f"{escape(name)}: {reason}", param_hint=_OPTION) from error
    if len(raw) > _MOST:
        reason = f"it has more than {_MOST} bytes"
        raise typer.BadParameter(f"{escape(name)}: {reason}", param_hint=_OPTION)
    is_shared = path.name == _SHARED.name
    if is_shared and _TABLE[-1].encode() not in raw:
        return None  # Other tools' files need not even be TOML.
    # Only who has a policy needs it.
    from layertar.policy.parse import parse_policy  # noqa: PLC0415

    try:
        policy = parse_policy(raw, name, table=_TABLE if is_shared else ())
    except PolicyError as error:
        raise typer.BadParameter(escape(str(error)), param_hint=_OPTION) from error
    return None if policy is NO_POLICY else policy
