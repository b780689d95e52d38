"""Who had a contact, whom they asked, which steps were taken: lines of its conversation for whoever has it next."""

from services.agents.heard import ConsultationOpened, ContactHandedOver, ContactTransferred, StepTaken

TAKEN_BACK_LINE = "Back in the queue: this agent was gone, or did not answer the telephone."


def step_line(taken: StepTaken) -> str:
    """Steps are counted from 1, as in the plan's file."""
    return f"Step {taken.step + 1} of the route was taken: {taken.because}."


def transferred_line(transferred: ContactTransferred, queue: str) -> str:
    """The queue by its name."""
    if transferred.to_agent:
        return f"Transferred to {transferred.to_agent}, in the queue {queue}."
    return f"Transferred to the queue {queue}."


def asked_line(opened: ConsultationOpened) -> str:
    return f"Asks {opened.to_agent or 'a colleague'}, and keeps the contact meanwhile."


def handed_over_line(handed_over: ContactHandedOver) -> str:
    return f"Handed over to {handed_over.to_agent}."
