"""A plan file's bytes to its content, with the line of everything that is in it."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from services.plan.defects import Defect, Finding, Path, PlanRefused, locate
from services.plan.model import PlanFile, PlanModel
from services.plan.model_defects import findings
from services.plan.yaml_tree import Tree, read_tree

M = TypeVar("M", bound=BaseModel)


def read_plan(raw: bytes) -> PlanFile:
    """The plan file, at most 1 MiB of YAML. Raises PlanRefused with all that is wrong with its form."""
    return PlanFile(*read_as(PlanModel, raw))


def read_as(model: type[M], raw: bytes) -> tuple[M, dict[Path, int]]:
    """A file of that form, with the line of each value by its path. Raises PlanRefused."""
    tree = read_tree(raw)
    try:
        content = model.model_validate(tree.value)
    except ValidationError as error:
        raise PlanRefused(_located(tree, [*tree.findings, *_new(tree, error, model)])) from None
    if tree.findings:
        raise PlanRefused(_located(tree, tree.findings))
    return content, tree.lines


def _new(tree: Tree, error: ValidationError, model: type[BaseModel]) -> list[Finding]:
    """What was found besides: a value that is missing is not also too short."""
    known = {finding.path for finding in tree.findings}
    return [each for each in findings(error, model) if each.path not in known and each.path[:-1] not in known]


def _located(tree: Tree, found: list[Finding]) -> list[Defect]:
    return [locate(finding, tree.lines) for finding in found]
