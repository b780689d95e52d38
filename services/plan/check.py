"""What is wrong with a plan file as a whole: all of it at once, each with its line and what to do."""

from services.plan.borders import border_findings
from services.plan.defects import Defect, locate
from services.plan.escalations import escalation_findings
from services.plan.menus import menu_findings
from services.plan.model import PlanFile
from services.plan.references import name_findings
from services.plan.shadows import shadow_findings
from services.plan.staffing import staffing_findings

__all__ = ["Defect", "check_plan"]


def check_plan(plan_file: PlanFile) -> list[Defect]:
    """The defects of a file whose form is right; none: it can be compiled."""
    content = plan_file.content
    found = [
        *name_findings(content),
        *border_findings(content),
        *escalation_findings(content),
        *staffing_findings(content),
        *shadow_findings(content),
        *menu_findings(content),
    ]
    return [locate(finding, plan_file.lines) for finding in found]
