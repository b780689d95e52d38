"""A plan file's bytes to its content, with the line of everything that is in it."""

from pydantic import ValidationError

from services.plan.defects import Defect, Finding, PlanRefused, locate
from services.plan.model import PlanFile, PlanModel
from services.plan.model_defects import findings
from services.plan.yaml_tree import Tree, read_tree


def read_plan(raw: bytes) -> PlanFile:
    """The plan file, at most 1 MiB of YAML. Raises PlanRefused with all that is wrong with its form."""
    tree = read_tree(raw)
    try:
        content = PlanModel.model_validate(tree.value)
    except ValidationError as error:
        raise PlanRefused(_located(tree, [*tree.findings, *_new(tree, error)])) from None
    if tree.findings:
        raise PlanRefused(_located(tree, tree.findings))
    return PlanFile(content, tree.lines)


def _new(tree: Tree, error: ValidationError) -> list[Finding]:
    """What was found besides: a value that is missing is not also too short."""
    known = {finding.path for finding in tree.findings}
    return [each for each in findings(error) if each.path not in known and each.path[:-1] not in known]


def _located(tree: Tree, found: list[Finding]) -> list[Defect]:
    return [locate(finding, tree.lines) for finding in found]
