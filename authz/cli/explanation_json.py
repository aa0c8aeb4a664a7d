"""An explanation as plain values for JSON. `docs/check.md` describes the shape, which only ever grows. Pure."""

from collections.abc import Iterable
from typing import Any

from authz.cli.checked import Checked, RequestNote
from authz.cli.explanation import attribute_name
from authz.cli.problems import problem_object
from authz.decision.explain import FieldNote, ImpossibleRule, PolicyNote, RuleNote
from authz.identity.tokens import Anonymous, Identified, TokenDenied, TokenOutcome
from authz.mesh.peer_authentication import PortMode
from authz.model.decision import Allowed, Effects, RuleRef
from authz.model.problem import Problem
from authz.model.where import Where
from authz.model.workload import LABELS_UNKNOWN, Target, Workload

Object = dict[str, Any]


def report(checked: Iterable[Checked], problems: Iterable[Problem], digest: str | None) -> Object:
    """Everything of one run. `digest`: None where the policies cannot be served."""
    return {
        "digest": digest,
        "problems": [problem_object(problem) for problem in problems],
        "results": [result(one) for one in checked],
    }


def result(checked: Checked) -> Object:
    """One request."""
    explanation, decision = checked.explanation, checked.explanation.decision
    forms, nearest = explanation.path_forms, explanation.nearest_miss
    return {
        "name": checked.name,
        "request": _request(checked.facts),
        "decision": "allowed" if checked.allowed else "denied",
        "reason": decision.reason.value,
        "detail": decision.detail,
        "asks": explanation.asks and explanation.asks.provider,
        "if_allowed": explanation.if_allowed
        and {
            "decision": "allowed" if isinstance(explanation.if_allowed, Allowed) else "denied",
            "reason": explanation.if_allowed.reason.value,
            "rule": _rule_ref(explanation.if_allowed.by),
        },
        "rule": _rule_ref(decision.by),
        "workload": _workload(explanation.workload),
        "mtls": explanation.mtls and _mtls(explanation.mtls),
        "token": explanation.token and _token(explanation.token),
        "path_forms": forms and {"sent": forms.sent, "normal": forms.normal, "explained": forms.explained},
        "headers_are_merged": checked.headers_are_merged,
        "audited_by": _rule_ref(decision.audited_by),
        "shadows": [
            {
                "action": shadow.action.value,
                "decision": "denied" if shadow.denied else "allowed",
                "rule": _rule_ref(shadow.by),
            }
            for shadow in decision.shadows
        ],
        "nearest_miss": _rule_ref(nearest.ref) if nearest else None,
        "policies": [_policy(policy) for policy in explanation.policies],
    }


def _request(facts: RequestNote) -> Object:
    return {
        "protocol": facts.protocol,
        "method": facts.method,
        "host": facts.host,
        "path": facts.target,
        "peer": list(facts.peer),
        "request_principals": list(facts.request_principals),
        "source_ip": facts.source_ip,
        "remote_ip": facts.remote_ip,
        "destination_ip": facts.destination_ip,
        "destination_port": facts.destination_port,
        "sni": facts.sni,
    }


def _workload(workload: Workload | None) -> Object | None:
    if workload is None:
        return None
    return {
        "namespace": workload.namespace,
        "labels": None if workload.labels is LABELS_UNKNOWN else dict(sorted(workload.labels)),
        "role": workload.role.value,
        "gateways": _targets(workload.gateways),
        "services": _targets(workload.services),
        "service_entries": _targets(workload.service_entries),
    }


def _mtls(mode: PortMode) -> Object:
    by = mode.by
    return {
        "mode": mode.mode.value,
        "by": by and {"namespace": by.namespace, "policy": by.name, **_place(by.where)},
    }


def _token(outcome: TokenOutcome) -> Object:
    """`outcome`: `none`, `good`, `described` or `refused`."""
    match outcome:
        case Anonymous(effects):
            return {"outcome": "none", "effects": _effects(effects)}
        case Identified(claims, effects, rule):
            found = {"outcome": "good" if rule else "described", "claims": claims, "effects": _effects(effects)}
            return {**found, "rule": rule and _place(rule.where)}
        case TokenDenied(refusal, rule):
            told = {"status": refusal.status, "body": refusal.text, "www_authenticate": refusal.www_authenticate}
            return {"outcome": "refused", **told, "rule": _place(rule.where)}


def _effects(effects: Effects) -> Object:
    return {
        "set_headers": [list(header) for header in effects.set_headers],
        "remove_headers": list(effects.remove_headers),
        "remove_query_parameters": list(effects.remove_query_parameters),
    }


def _targets(targets: Iterable[Target]) -> list[str]:
    return sorted(f"{target.namespace}/{target.name}" for target in targets)


def _place(where: Where) -> Object:
    return {"file": where.file, "line": where.line, "column": where.column}


def _rule_ref(ref: RuleRef | None) -> Object | None:
    if ref is None:
        return None
    return {
        "id": ref.id,
        "namespace": ref.namespace,
        "policy": ref.policy,
        "index": ref.index,
        "action": ref.action.value,
        **_place(ref.where),
    }


def _policy(policy: PolicyNote) -> Object:
    return {
        "namespace": policy.namespace,
        "name": policy.name,
        "action": policy.action.value,
        "dry_run": policy.dry_run,
        **_place(policy.where),
        "matched": policy.matched,
        "rules": [_rule(rule) for rule in policy.rules],
        "impossible_rules": [_impossible(rule) for rule in policy.impossible],
    }


def _rule(rule: RuleNote) -> Object:
    return {
        "id": rule.ref.id,
        "index": rule.ref.index,
        **_place(rule.ref.where),
        "matched": rule.matched,
        "fields": rule.fields,
        "fields_held": rule.held,
        "failed": _field(rule.failed) if rule.failed else None,
        "unreadable": rule.unreadable or None,
        "dropped_fields": list(rule.dropped),
    }


def _field(note: FieldNote) -> Object:
    return {
        "field": note.field,
        "attribute": attribute_name(note.attribute),
        "negated": note.negated,
        "wanted": list(note.wanted),
        "seen": list(note.seen),
        **_place(note.where),
    }


def _impossible(rule: ImpossibleRule) -> Object:
    return {"index": rule.index, "field": rule.field, **_place(rule.where)}
