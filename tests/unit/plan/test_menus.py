"""Menus that are right, and what becomes of them."""

from services.plan.compiled import Address, Channel, Choice, Menu, Prompt
from tests.unit.plan.defects_of_form import PHONE
from tests.unit.plan.defects_of_menus import ABOVE, ASKED, CALLED, LAST, MENUS, OTHER, SAY, chain
from tests.unit.plan.example import changed, defects_of, load

WITH_MENUS = changed((PHONE, CALLED), (ABOVE, MENUS))


def test_a_menu_has_its_prompts_and_its_choices_in_the_order_of_the_file() -> None:
    plan = load(WITH_MENUS).plan

    assert plan.menus[0] == Menu(
        "main",
        "globex",
        (
            Prompt("en", text="Welcome. For trips press 1."),
            Prompt("de", audio_url="https://sound.example/willkommen.mp3"),
        ),
        (Choice("1", "trips", menu="trips"), Choice("0", "other", language="de")),
    )
    assert plan.companies[1].addresses == (Address(Channel.VOICE, "+442079460200", menu="main"),)


def test_a_menu_with_hours_has_what_to_say_while_they_are_closed() -> None:
    office = "  - id: trips\n    hours: office\n    closed: {en: We are closed.}\n"

    trips = load(WITH_MENUS.replace("  - id: trips\n", office)).plan.menus[1]

    assert (trips.hours, trips.closed_prompts) == ("office", (Prompt("en", "We are closed."),))


def test_a_number_for_call_backs_has_the_hours_in_which_customers_are_called() -> None:
    number = "addresses: [{channel: callback, address: +44 20 7946 0200, hours: office}]"

    (address,) = load(changed((PHONE, number))).plan.companies[1].addresses

    assert address == Address(Channel.CALLBACK, "+442079460200", hours="office")


def test_a_prompt_may_go_over_several_lines() -> None:
    folded = "    say:\n      hi: >-\n        एक\n        दो\n\n        तीन"

    menu = load(WITH_MENUS.replace(SAY, folded)).plan.menus[0]

    assert menu.prompts == (Prompt("hi", "एक दो तीन"),)


def test_the_star_and_the_hash_are_keys() -> None:
    keys = LAST.replace('{key: "*"', '{key: "#", id: more}, {key: "*"')

    menu = load(WITH_MENUS.replace(LAST, keys)).plan.menus[1]

    assert [choice.key for choice in menu.choices] == ["1", "#", "*"]


def test_menus_may_lead_back_to_one_another_where_there_is_a_way_out() -> None:
    assert "menu: main}" in MENUS
    assert not defects_of(WITH_MENUS)


def test_a_menu_whose_only_way_out_is_in_another_menu_is_fine() -> None:
    only_back = WITH_MENUS.replace(LAST, '    choices: [{key: "*", id: back, menu: main}]')

    assert not defects_of(only_back)


def test_eight_menus_may_follow_one_another() -> None:
    down = f'    choices: [{{key: "1", id: new, menu: m3}}]\n{chain(8)}'.replace(" # here", "")

    assert not defects_of(WITH_MENUS.replace(f"{LAST}\n", down))


def test_a_path_may_end_in_a_menu_or_come_round_again() -> None:
    for path in ("[trips]", "[trips, new]", "[trips, back, trips, back, other]"):
        match = ASKED.replace("[trips, new]", path)
        asked = f"  - id: path\n    {match}\n    route: {{queue: travel}}\n  - id: rest\n"
        assert not defects_of(WITH_MENUS.replace("  - id: rest\n", asked)), path


def test_a_path_for_pages_alone_needs_no_menu() -> None:
    match = "match: {company: globex, channel: web_form, ivr_path: [no, such]}"
    asked = f"  - id: path\n    {match}\n    route: {{queue: travel}}\n  - id: rest\n"

    assert not defects_of(WITH_MENUS.replace("  - id: rest\n", asked))


def test_a_choice_may_change_the_language_and_end_in_the_queue() -> None:
    assert OTHER.endswith("language: de}")
    assert load(WITH_MENUS).plan.menus[0].choices[1] == Choice("0", "other", "", "de")
