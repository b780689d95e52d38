"""What the plan says in several languages is said to each customer in theirs."""

import pytest

from services.plan.compiled import Prompt
from services.plan.languages import prompt_for

EN, DE, AT = Prompt("en", "Hello"), Prompt("de", "Hallo"), Prompt("de-at", "Servus")


@pytest.mark.parametrize(
    ("language", "heard"),
    [("en", EN), ("de", DE), ("de-at", AT), ("DE-AT", AT), ("de-ch", DE), ("en-gb", EN), ("hi", EN), ("", EN)],
)
def test_a_customer_gets_the_prompt_of_their_language_or_the_first(language: str, heard: Prompt) -> None:
    assert prompt_for((EN, DE, AT), language) == heard


def test_without_prompts_nothing_is_said() -> None:
    assert prompt_for((), "en") is None
