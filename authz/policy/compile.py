"""The compiler's front door: from a mesh view to the program of any workload, each compiled once."""

from dataclasses import replace

from authz.mesh.view import MeshView
from authz.model.settings import DecidingSettings
from authz.model.workload import Workload
from authz.policy.index import CompiledRule
from authz.policy.lower import Lowering, lower_policy
from authz.policy.program import Program, build_program
from authz.resources.authorization_policy import AuthorizationPolicy

_PolicyKey = tuple[str, str]


class UndecidedScopeError(Exception):
    """The workload's labels are not known, and a policy in scope selects by labels."""

    def __init__(self, policy: AuthorizationPolicy) -> None:
        super().__init__(f"policy {policy.namespace}/{policy.name} selects by labels")
        self.policy = policy


class Compiler:
    """Compiles the policies of one mesh view, when a workload asks for them.

    What is compiled is kept: a policy's rules once for HTTP and once for TCP, and a program for each set of policies,
    however many workloads it is for. Calls may overlap; then something is compiled twice and one result is kept.
    """

    def __init__(self, view: MeshView, settings: DecidingSettings) -> None:
        self._view = view
        http = Lowering(view.config.trust_domains, settings.bare_request_principals)
        self._lowerings = {False: http, True: replace(http, tcp=True)}
        self._rules: dict[tuple[_PolicyKey, bool], tuple[CompiledRule, ...]] = {}
        self._programs: dict[tuple[tuple[_PolicyKey, ...], bool], Program] = {}

    def program(self, workload: Workload, *, tcp: bool) -> Program:
        """The program of a workload. Raises UndecidedScopeError."""
        scope = self._view.scope(workload)
        if scope.undecided is not None:
            raise UndecidedScopeError(scope.undecided)
        key = tuple([policy.key for policy in scope.policies]), tcp
        program = self._programs.get(key)
        if program is None:
            program = build_program([(policy, self.rules(policy, tcp=tcp)) for policy in scope.policies])
            self._programs[key] = program
        return program

    def rules(self, policy: AuthorizationPolicy, *, tcp: bool) -> tuple[CompiledRule, ...]:
        """The compiled rules of one policy."""
        key = policy.key, tcp
        rules = self._rules.get(key)
        if rules is None:
            rules = tuple([CompiledRule.of(rule) for rule in lower_policy(policy, self._lowerings[tcp])])
            self._rules[key] = rules
        return rules
