"""Which of several prompts a customer gets: what the plan says in several languages."""

from services.plan.compiled import Prompt


def prompt_for(prompts: tuple[Prompt, ...], language: str) -> Prompt | None:
    """The prompt of that very tag, else of its language, else the first; None where there is none at all."""
    tag = language.lower()
    primary = tag.partition("-")[0]
    exact = [prompt for prompt in prompts if tag and prompt.language.lower() == tag]
    near = [prompt for prompt in prompts if tag and prompt.language.lower().partition("-")[0] == primary]
    return next(iter((*exact, *near, *prompts)), None)
