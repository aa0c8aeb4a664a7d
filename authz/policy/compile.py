"""The compiler's front door: from a mesh view to the program of any workload, each compiled once."""

from collections.abc import Mapping
from dataclasses import replace

from authz.mesh.selection import Attached
from authz.mesh.view import MeshView
from authz.model.settings import DecidingSettings
from authz.model.workload import Workload
from authz.policy.index import CompiledRule
from authz.policy.lower import Lowering, lower_policy
from authz.policy.program import Program, build_program
from authz.resources.authorization_policy import AuthorizationPolicy

_MAX_PROGRAMS = 10_000


class UndecidedScopeError(Exception):
    """The workload's labels are not known, and a policy in scope selects by labels."""

    def __init__(self, policy: Attached) -> None:
        super().__init__(f"policy {'/'.join(policy.key)} selects by labels")
        self.policy = policy


class Compiler:
    """Compiles the policies of one mesh view, when a workload asks for them.

    What is compiled is kept: a policy's rules once for HTTP and once for TCP, and a program for each set of policies,
    however many workloads it is for. What a `previous` compiler made of the very same policies is taken over, until
    `settle`. Calls may overlap; then something is compiled twice and one result is kept.
    """

    def __init__(self, view: MeshView, settings: DecidingSettings, previous: "Compiler | None" = None) -> None:
        self._view = view
        http = Lowering(view.config.trust_domains, settings.bare_request_principals)
        self._lowerings = {False: http, True: replace(http, tcp=True)}
        self._providers = {provider.name: provider.kind for provider in view.config.extension_providers}
        # by id() of the policies, which are held by the view
        self._rules: dict[tuple[int, bool], tuple[CompiledRule, ...]] = {}
        self._programs: dict[tuple[tuple[int, ...], bool], Program] = {}
        self._known_rules: Mapping[tuple[int, bool], tuple[CompiledRule, ...]] = {}
        self._known_programs: Mapping[tuple[tuple[int, ...], bool], Program] = {}
        if previous is not None:
            self._take_over(previous)

    def _take_over(self, previous: "Compiler") -> None:
        if previous._lowerings == self._lowerings:  # noqa: SLF001 - of our own class
            self._known_rules = previous._rules  # noqa: SLF001
            if previous._providers == self._providers:  # noqa: SLF001
                self._known_programs = previous._programs  # noqa: SLF001

    def settle(self) -> None:
        """Let go of the previous compiler, and so of what only it needs."""
        self._known_rules, self._known_programs = {}, {}

    def program(self, workload: Workload, *, tcp: bool) -> Program:
        """The program of a workload. Raises UndecidedScopeError."""
        scope = self._view.scope(workload)
        if scope.undecided is not None:
            raise UndecidedScopeError(scope.undecided)
        key = tuple([id(policy) for policy in scope.policies]), tcp
        program = self._programs.get(key) or self._known_programs.get(key)
        if program is None:
            compiled = [(policy, self.rules(policy, tcp=tcp)) for policy in scope.policies]
            program = build_program(compiled, self._providers, tcp=tcp)
        if len(self._programs) >= _MAX_PROGRAMS:
            self._programs.clear()  # callers have named very many combinations of labels
        self._programs[key] = program
        return program

    def rules(self, policy: AuthorizationPolicy, *, tcp: bool) -> tuple[CompiledRule, ...]:
        """The compiled rules of one policy."""
        key = id(policy), tcp
        rules = self._rules.get(key, self._known_rules.get(key))
        if rules is None:
            rules = tuple([CompiledRule.of(rule) for rule in lower_policy(policy, self._lowerings[tcp])])
        self._rules[key] = rules
        return rules
