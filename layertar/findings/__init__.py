"""EVIDENCE -> FINDINGS.

A check compares what is recorded with what is measured and says what it finds, all of it. Only
then is what has one cause brought together: the earliest broken link is the finding, what
follows from it is `related`. Severity decides the exit code and can be lowered; the effect on
the verdict is a fact.
"""

from layertar.findings.checks.contents import RIGHTS_RULES, SECRET_RULES
from layertar.findings.checks.layer_content import RULES as LAYER_CONTENT_RULES
from layertar.findings.checks.whole import met_as
from layertar.findings.contents import NO_CONTENTS, Contents, LayerContents, Trait
from layertar.findings.evidence import Evidence, Subject, Use, Uses
from layertar.findings.ignoring import NO_LEDGER, Ledger, SetAside
from layertar.findings.judge import NO_LOWERING, Judgement, Lowering, judge, reweighed
from layertar.findings.model import Effect, Finding, Ignored, Location, Related, Rule, Severity
from layertar.findings.pinned import (
    NO_PIN,
    Held,
    Lock,
    LockBy,
    LockedArchive,
    LockedImage,
    Pin,
    locked_image,
    pinned_text,
)
from layertar.findings.register import CHECKS, RULES
from layertar.findings.severities import unknown_rule
from layertar.findings.unreadable import not_given, unreadable

__all__ = [
    "CHECKS",
    "LAYER_CONTENT_RULES",
    "NO_CONTENTS",
    "NO_LEDGER",
    "NO_LOWERING",
    "NO_PIN",
    "RIGHTS_RULES",
    "RULES",
    "SECRET_RULES",
    "Contents",
    "Effect",
    "Evidence",
    "Finding",
    "Held",
    "Ignored",
    "Judgement",
    "LayerContents",
    "Ledger",
    "Location",
    "Lock",
    "LockBy",
    "LockedArchive",
    "LockedImage",
    "Lowering",
    "Pin",
    "Related",
    "Rule",
    "SetAside",
    "Severity",
    "Subject",
    "Trait",
    "Use",
    "Uses",
    "judge",
    "locked_image",
    "met_as",
    "not_given",
    "pinned_text",
    "reweighed",
    "unknown_rule",
    "unreadable",
]
