"""What is odd about a plan file that can be put in force: each with its line and what to do."""

from services.plan.defects import DEFECTS_MAX, Defect, locate
from services.plan.dry_entries import dry_entry_findings
from services.plan.idle_steps import idle_step_findings
from services.plan.model import PlanFile
from services.plan.untold import untold_findings
from services.plan.unused import unused_findings


def warnings_of(plan_file: PlanFile) -> list[Defect]:
    """The first hundred warnings of a file without defects, in the order of the file: what it says to no effect."""
    content = plan_file.content
    found = [
        *unused_findings(content),
        *dry_entry_findings(content),
        *idle_step_findings(content),
        *untold_findings(content),
    ]
    warnings = (locate(finding, plan_file.lines) for finding in found)
    return sorted(warnings, key=lambda warning: warning.line)[:DEFECTS_MAX]
