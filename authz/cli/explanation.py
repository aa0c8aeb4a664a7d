"""An explanation as lines for a terminal: the verdict first, then each policy that had a say. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap

from authz.cli.checked import Checked, PolicyKey
from authz.decision.explain import Explanation, FieldNote, PolicyNote, RuleNote
from authz.identity.tokens import Anonymous, Identified, TokenDenied, TokenOutcome
from authz.mesh.peer_authentication import PortMode
from authz.model.decision import Allowed, Decision, Denied, Reason, RuleRef
from authz.model.facts import Json
from authz.model.problem import Problem
from authz.model.rule import Action, Attribute, AttributeKind
from authz.model.where import Where
from authz.model.workload import LABELS_UNKNOWN, Role, Workload

_MAX_POLICIES, _MAX_RULES, _MAX_WARNINGS = 12, 6, 3
_TITLE = 9  # the width of what stands before the title
_LABEL = 12  # the width of a line's label
_ORDER = (Action.CUSTOM, Action.DENY, Action.ALLOW, Action.AUDIT)

_REASONS = {
    Reason.ALLOW_RULE: "a rule of an ALLOW policy matches",
    Reason.NO_ALLOW_POLICY: "no ALLOW policy is for this workload, and nothing denies",
    Reason.DENY_RULE: "a rule of a DENY policy matches",
    Reason.NO_ALLOW_RULE: "ALLOW policies are for this workload, and none of their rules matches",
    Reason.CUSTOM_UNAVAILABLE: "a rule of a CUSTOM policy matches, and its provider is not asked here",
    Reason.CUSTOM_SEVERAL_PROVIDERS: "a rule of a CUSTOM policy matches, and several providers are for this workload",
    Reason.UNKNOWN_WORKLOAD: "nothing says which workload this is for",
    Reason.UNKNOWN_LABELS: "the labels of the workload decide, and nothing says what they are",
    Reason.MALFORMED_REQUEST: "the request cannot be read",
    Reason.MALFORMED_PATH: "no policy is asked about such a path",
    Reason.PEER_NOT_MTLS: "PeerAuthentication wants a peer with an identity by mutual TLS",
    Reason.FOREIGN_TRUST_DOMAIN: "PeerAuthentication wants a peer of a trust domain that the mesh trusts",
    Reason.MTLS_DISABLED: "PeerAuthentication has mutual TLS disabled, and the proxy does it",
    Reason.PEER_NOT_VERIFIED: "the peer's identity counts, and its certificate does not prove it",
    Reason.TOKEN_REFUSED: "the request's token is not acceptable; no policy is asked then",
    Reason.TOKEN_WITHOUT_KEYS: "there are no keys to verify the request's token with",
    Reason.UNREADABLE_FACT: "a rule needs something of the request that cannot be read",
}
_ABSENT = {
    AttributeKind.SOURCE_PRINCIPAL: "a peer without an identity",
    AttributeKind.SOURCE_NAMESPACE: "a peer without an identity",
    AttributeKind.SOURCE_SERVICE_ACCOUNT: "a peer without an identity",
    AttributeKind.SOURCE_TRUST_DOMAIN: "a peer without an identity",
    AttributeKind.REQUEST_PRINCIPAL: "no token with issuer and subject",
    AttributeKind.CLAIM: "no text in such a claim",
    AttributeKind.HEADER: "no such header",
    AttributeKind.METADATA: "no text there",
    AttributeKind.SNI: "no server name",
}


@dataclass(frozen=True, slots=True)
class Terminal:
    """How lines are set: as wide as this, in colours or without."""

    width: int = 100
    colour: bool = False

    def paint(self, text: str, code: str) -> str:
        """Wrap text in an SGR sequence, such as 32 for green."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def good(self, text: str) -> str:
        """Of what lets pass."""
        return self.paint(text, "1;32")

    def bad(self, text: str) -> str:
        """Of what does not."""
        return self.paint(text, "1;31")

    def note(self, text: str) -> str:
        """Of what deserves a look."""
        return self.paint(text, "33")

    def strong(self, text: str) -> str:
        """Of a heading."""
        return self.paint(text, "1")

    def faint(self, text: str) -> str:
        """Of what matters less."""
        return self.paint(text, "2")


def render_all(checked: Iterable[Checked], terminal: Terminal) -> Iterator[str]:
    """All of them; of several also how many were allowed."""
    several = list(checked)
    for one in several:
        yield from render(one, terminal)
        yield ""
    if len(several) > 1:
        allowed = sum(one.allowed for one in several)
        yield f"{len(several)} requests: {allowed} allowed, {len(several) - allowed} denied"


def render(checked: Checked, terminal: Terminal) -> Iterator[str]:
    """Why one request was decided as it was."""
    explanation = checked.explanation
    verdict = terminal.good("ALLOWED") if checked.allowed else terminal.bad("DENIED")
    if isinstance(explanation.if_allowed, Allowed) and explanation.asks:
        verdict += terminal.note(f" unless {printable(explanation.asks.provider)} allows")
    name = terminal.faint(f"  ({printable(checked.name)})") if checked.name else ""
    yield f"{verdict}  {terminal.strong(_cut(printable(checked.facts.title), terminal.width - _TITLE))}{name}"
    for label, text in _summary(checked):
        yield from _labelled(label, text, terminal)
    count = len(explanation.policies)
    if count:
        yield ""
        yield f"{count} {_plural('policy', count)} for this workload:"
    for action in _ORDER:
        group = [policy for policy in explanation.policies if policy.action is action]
        group.sort(key=lambda policy: (policy.dry_run, _distance(policy.rules), policy.namespace, policy.name))
        for policy in group[:_MAX_POLICIES]:
            yield from _PolicyNoteLines(explanation, policy, checked.warnings, terminal).lines()
        yield from _more(len(group) - _MAX_POLICIES, f"{action.value} policy", group[_MAX_POLICIES:], "  ", terminal)


def _summary(checked: Checked) -> Iterator[tuple[str, str]]:
    explanation, decision = checked.explanation, checked.explanation.decision
    if decision.by:
        yield "by", _rule_name(decision.by)
    words = _REASONS.get(decision.reason, "")
    yield "reason", f"{decision.reason.value}: {words}" if words else decision.reason.value
    if explanation.asks and explanation.if_allowed:
        after = explanation.if_allowed
        verdict = "allowed" if isinstance(after, Allowed) else "denied"
        by = f" by {_rule_name(after.by)}" if after.by else ""
        yield "provider", f"{printable(explanation.asks.provider)} decides first; if it allows: {verdict}{by}"
    if decision.detail:
        yield "detail", printable(decision.detail)
    if explanation.nearest_miss:
        yield "nearest", _rule_name(explanation.nearest_miss.ref)
    if explanation.path_forms:
        forms = explanation.path_forms
        yield (
            "path",
            f"{quoted(forms.sent)} is not in normal form, which is {quoted(forms.normal)}; both must be allowed",
        )
        if len({forms.sent, forms.normal}) > 1:
            yield "", f"below is what becomes of {quoted(forms.explained)}"
    yield from _side_notes(decision)
    if checked.headers_are_merged:
        yield "headers", "lines of one name came joined; have the proxy set encode_raw_headers"
    if explanation.workload:
        yield "workload", _workload(explanation.workload)
    if explanation.mtls:
        yield "mtls", _mtls(explanation.mtls)
    if explanation.token:
        yield "token", _token(explanation.token)
    if checked.facts.caller:
        yield "caller", printable(checked.facts.caller)


def _side_notes(decision: Decision) -> Iterator[tuple[str, str]]:
    """What would be otherwise with the policies on trial, and what is logged."""
    for shadow in decision.shadows:
        if shadow.denied and isinstance(decision, Allowed):
            by = f", by {_rule_name(shadow.by)}" if shadow.by else ""
            yield "dry run", f"would be denied with the {shadow.action.value} policies on trial{by}"
        if shadow.by and shadow.action is Action.ALLOW and isinstance(decision, Denied):
            yield "dry run", f"would be allowed with the ALLOW policies on trial, by {_rule_name(shadow.by)}"
    if decision.audited_by:
        yield "audit", f"logged for {_rule_name(decision.audited_by)}"


def _rule_name(ref: RuleRef) -> str:
    return printable(f"{ref.action.value} {ref.namespace}/{ref.policy} rule[{ref.index}]  {ref.where}")


def _mtls(mode: PortMode) -> str:
    if mode.by is None:
        return f"{mode.mode.value}, Istio's default: no PeerAuthentication of this workload has a mode"
    return printable(f"{mode.mode.value} by PeerAuthentication {mode.by.namespace}/{mode.by.name}  {mode.by.where}")


def _token(outcome: TokenOutcome) -> str:
    match outcome:
        case Anonymous():
            return "none, so no request principal"
        case Identified(claims, rule=rule):
            how = f"good by the rule {rule.where}" if rule else "as described"
            return printable(f"of {_principal(claims)}, {how}")
        case TokenDenied(refusal, rule):
            return printable(f"{refusal.status} {refusal.text!r}, by the rule {rule.where}")


def _principal(claims: Mapping[str, Json]) -> str:
    return quoted(f"{claims.get('iss', '')}/{claims.get('sub', '')}")


def _workload(workload: Workload) -> str:
    if workload.labels is LABELS_UNKNOWN:
        labels = " (labels unknown)"
    else:
        labels = "/" + ",".join(f"{key}={value}" for key, value in sorted(workload.labels))
    role = "" if workload.role is Role.SIDECAR else f", {workload.role.value}"
    targets = workload.gateways | workload.services | workload.service_entries
    names = "".join(sorted(f", {target.namespace}/{target.name}" for target in targets))
    return printable(f"{workload.namespace}{labels}{role}{names}")


class _PolicyNoteLines:
    """The lines of one policy of an explanation."""

    def __init__(
        self,
        explanation: Explanation,
        policy: PolicyNote,
        warnings: Mapping[PolicyKey, tuple[Problem, ...]],
        terminal: Terminal,
    ) -> None:
        self._decision = explanation.decision
        self._nearest = explanation.nearest_miss
        self._policy = policy
        self._warnings = warnings.get((policy.namespace, policy.name), ())
        self._terminal = terminal

    def lines(self) -> Iterator[str]:
        policy, terminal = self._policy, self._terminal
        name = f"  {policy.action.value:<6} {printable(f'{policy.namespace}/{policy.name}')}  "
        verdict, style = self._verdict()
        if policy.rules or policy.impossible:
            yield name + terminal.paint(verdict, style)  # each rule has its place
        else:
            yield from _located(name, verdict, policy.where, terminal, style)
        shown = sorted(policy.rules, key=lambda rule: (_missing(rule), rule.ref.index))[:_MAX_RULES]
        for rule in sorted(shown, key=lambda rule: rule.ref.index):
            yield from self._rule(rule)
        hidden = [rule for rule in policy.rules if rule not in shown]
        yield from _more(len(hidden), "rule", hidden, "    ", terminal)
        for impossible in policy.impossible[:_MAX_RULES]:
            text = f"matches no TCP connection, as it has {printable(impossible.field)}"
            yield from _located(f"    rule[{impossible.index}]  ", text, impossible.where, terminal, "2")
        yield from _more(len(policy.impossible) - _MAX_RULES, "rule", (), "    ", terminal)
        for problem in self._warnings[:_MAX_WARNINGS]:
            text = f"{problem.code.value} {problem.field}: {problem.message}"
            yield from _hanging(f"    {terminal.note('warning')}  ", 13, printable(text), terminal)
        yield from _more(len(self._warnings) - _MAX_WARNINGS, "warning", (), "    ", terminal)

    def _verdict(self) -> tuple[str, str]:
        """What the policy comes to, and the colour of it."""
        policy = self._policy
        trial = ", on trial (dry run)" if policy.dry_run else ""
        if not policy.rules and not policy.impossible:
            return f"matches nothing: it has no rules{trial}", "2"
        if not policy.matched:
            in_doubt = any(_is_in_doubt(rule) for rule in policy.rules)
            return (f"cannot be told{trial}", "33") if in_doubt else (f"no match{trial}", "2")
        if policy.dry_run:
            return f"matches: would {policy.action.value.lower()}{trial}", "33"
        match policy.action:
            case Action.DENY:
                return ("matches: denies", "31") if self._decides(policy.action) else ("matches", "33")
            case Action.ALLOW:
                if self._decides(policy.action):
                    return "matches: allows", "32"
                return "matches, but does not decide", "33"
            case Action.AUDIT:
                return "matches: asks for a log entry", "33"
            case Action.CUSTOM:
                return "matches: its provider decides", "33"

    def _decides(self, action: Action) -> bool:
        return self._decision.by is not None and self._decision.by.action is action

    def _rule(self, rule: RuleNote) -> Iterator[str]:
        terminal = self._terminal
        start = f"    rule[{rule.ref.index}]  "
        indent = " " * len(start)
        if rule.failed:
            held = f"{rule.held} of {rule.fields} hold" if rule.fields > 1 else ""
            marks = [held] if held else []
            if self._nearest and rule.ref == self._nearest.ref:
                marks.append("NEAREST MISS")
            text = _field_name(rule.failed) + (f"  ({', '.join(marks)})" if marks else "")
            yield from _located(start, text, rule.failed.where, terminal)
            room = terminal.width - len(indent) - 7
            yield f"{indent}wants  {wanted(rule.failed, room)}"
            yield f"{indent}saw    {terminal.note(saw(rule.failed, room))}"
            if rule.unreadable:
                yield from _hanging(indent, len(indent), f"cannot be told: {printable(rule.unreadable)}", terminal)
        elif rule.matched:
            text = "matches: DECIDES" if rule.ref == self._decision.by else "matches"
            yield from _located(start, text, rule.ref.where, terminal)
        else:
            yield from _located(start, f"cannot be told: {printable(rule.unreadable)}", rule.ref.where, terminal, "33")
        if rule.dropped:
            names = ", ".join(map(printable, rule.dropped))
            yield from _hanging(indent, len(indent), f"does not count for TCP: {names}", terminal)


def _is_in_doubt(rule: RuleNote) -> bool:
    return not rule.matched and rule.failed is None


def _missing(rule: RuleNote) -> tuple[int, int]:
    return (-1 if rule.matched else rule.fields - rule.held), -rule.held


def _distance(rules: Iterable[RuleNote]) -> tuple[int, int]:
    """How far the nearest rule is from matching; a policy without rules is farthest."""
    return min(map(_missing, rules), default=(1_000_000, 0))


def _field_name(note: FieldNote) -> str:
    """The field as it is written; of a condition also its key."""
    name = note.field
    return printable(f"{name} of {attribute_name(note.attribute)}" if name.startswith("when") else name)


def attribute_name(attribute: Attribute) -> str:
    """The `when` key of an attribute."""
    if attribute.kind is AttributeKind.METADATA:
        return "experimental.{}[{}]".format(*attribute.name)
    kind: str = attribute.kind.value
    return kind + "".join(f"[{name}]" for name in attribute.name)


def wanted(note: FieldNote, room: int) -> str:
    """`one of "a", "b"`, `none of ...`, or the one value; what has no room is counted."""
    if len(note.wanted) == 1:
        word = "not " if note.negated else ""
        return word + _cut(quoted(note.wanted[0]), room - len(word))
    word = "none of " if note.negated else "one of "
    return word + _fitting(note.wanted, room - len(word))


def saw(note: FieldNote, room: int) -> str:
    """The request's values, or what it lacks."""
    return _fitting(note.seen, room) if note.seen else _ABSENT.get(note.attribute.kind, "nothing")


def _fitting(values: tuple[str, ...], room: int) -> str:
    """As many values as there is room for, at least one."""
    shown: list[str] = []
    used = 0
    for position, value in enumerate(values):
        text = quoted(value)
        rest = len(values) - position - 1
        tail = len(f" and {rest} more") if rest else 0
        if shown and used + len(text) + tail > room:
            return f"{', '.join(shown)} and {len(values) - position} more"
        shown.append(_cut(text, room - tail))
        used += len(shown[-1]) + 2
    return ", ".join(shown)


def _cut(text: str, room: int) -> str:
    room = max(room, 20)
    return text if len(text) <= room else f"{text[: room - 4]}...{text[-1]}"


def quoted(text: str) -> str:
    """In double quotes, whatever it holds."""
    return printable(json.dumps(text, ensure_ascii=False))


def printable(text: str) -> str:
    """Without line breaks, halves of characters, and commands for a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _labelled(label: str, text: str, terminal: Terminal) -> Iterator[str]:
    yield from _hanging("  " + terminal.faint(f"{label:<{_LABEL - 2}}"), _LABEL, text, terminal)


def _hanging(start: str, indent: int, text: str, terminal: Terminal) -> Iterator[str]:
    """A text over several lines, those after the first indented. Nothing in it is broken within a word."""
    room = max(terminal.width - indent, 20)
    first, *others = wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    yield f"{start}{first}".rstrip()
    yield from (" " * indent + other for other in others)


def _located(start: str, text: str, where: Where, terminal: Terminal, style: str = "") -> Iterator[str]:
    """A line that ends with a place, or two where it would be too long."""
    place = printable(str(where))
    painted = start + (terminal.paint(text, style) if style else text)
    if len(start) + len(text) + 2 + len(place) <= terminal.width:
        yield f"{painted}  {terminal.faint(place)}"
    else:
        yield painted
        yield " " * len(start) + terminal.faint(place)


def _more(
    count: int, what: str, hidden: Iterable[PolicyNote | RuleNote], indent: str, terminal: Terminal
) -> Iterator[str]:
    if count > 0:
        matching = sum(one.matched for one in hidden)
        matches = f", {matching} of them matching" if matching else ""
        yield terminal.faint(f"{indent}and {count} more {_plural(what, count)}{matches}; --output json has all")


def _plural(word: str, count: int) -> str:
    """The noun for so many."""
    if count == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
