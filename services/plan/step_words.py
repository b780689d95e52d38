"""A step of a route in words: when it is taken, and what it brings about."""

from collections.abc import Mapping

from services.plan.route_model import StepPart


def step_words(step: StepPart) -> str:
    """One line: "after 60 s, with more than 10 waiting: agents of senior may take it too"."""
    return f"{' and '.join(_conditions(step)) or 'at once'}: {', '.join(_actions(step))}"


def _conditions(step: StepPart) -> list[str]:
    said = {
        f"after {step.after_s} s": step.after_s,
        f"with more than {step.depth_over} waiting": step.depth_over,
        f"with an expected wait over {step.expected_wait_over_s} s": step.expected_wait_over_s,
        f"with a service level under {step.service_level_under} %": step.service_level_under,
        "with nobody on duty": step.nobody_on_duty,
    }
    return [words for words, is_asked in said.items() if is_asked]


def _actions(step: StepPart) -> list[str]:
    levels = ", ".join(f"{skill} {level}" for skill, level in sorted(step.skills.items()))
    again = f", again every {step.every_s} s" if step.every_s else ""
    said = {
        f"{levels} will do": step.skills,
        f"{' and '.join(step.drop_skills)} no longer needed": step.drop_skills,
        f"agents of {' and '.join(step.add_groups)} may take it too": step.add_groups,
        f"priority raised by {step.raise_priority}": step.raise_priority,
        f"told position and wait{again}": step.tell,
        "offered a call-back": step.offer_callback,
        f"on to queue {step.queue}": step.queue,
        "to voicemail": step.voicemail,
        f"on to {step.third_party}": step.third_party,
        f"ended with {_message(step.message)}": step.message,
    }
    return [words for words, is_done in said.items() if is_done]


def _message(texts: Mapping[str, str]) -> str:
    return ", ".join(f'"{text}" ({language})' if language else f'"{text}"' for language, text in texts.items())
