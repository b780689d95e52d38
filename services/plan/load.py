"""From the bytes of a plan file to a plan that can be put in force, or to all that is wrong with it."""

from dataclasses import replace

from services.plan.check import check_plan
from services.plan.compile import CompiledPlan, compile_plan
from services.plan.defects import PlanRefused
from services.plan.read import read_plan
from services.plan.warn import warnings_of

__all__ = ["CompiledPlan", "PlanRefused", "load_plan"]


def load_plan(raw: bytes, now_ms: int, customers_key: bytes) -> CompiledPlan:
    """Read, check and compile. Takes up to seconds for a large file: call it in a thread. Raises PlanRefused."""
    plan_file = read_plan(raw)
    defects = check_plan(plan_file)
    if defects:
        raise PlanRefused(defects)
    return replace(compile_plan(plan_file, now_ms, customers_key), warnings=tuple(warnings_of(plan_file)))
