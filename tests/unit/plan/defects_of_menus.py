"""Plans whose menus callers would be lost in, one defect each.

What is wrong: the changes to the example (the defective line ends in "# here"), the place, a part of what is said.
"""

from tests.unit.plan.defects_of_form import CHAT, PHONE, Defective

ABOVE = "groups: front\ncaller"
SAY = "    say: {en: Welcome. For trips press 1., de: {audio: https://sound.example/willkommen.mp3}}"
TRIPS = '      - {key: "1", id: trips, menu: trips}'
OTHER = '      - {key: "0", id: other, language: de}'
LAST = '    choices: [{key: "1", id: new}, {key: "*", id: back, menu: main}]'
CALLED = PHONE.replace("0200", "0200, menu: main")
PARTS = """  - id: parts
    company: acme
    say: {en: For parts press 1.}
    choices: [{key: "2", id: other, menu: trips}, {key: "1", id: parts}] # here
"""
ASKED = "match: {company: globex, channel: [voice, sms], ivr_path: [trips, new]}"
AGAIN = "{id: main, company: globex, say: {en: Hello.}, choices: [{key: '1', id: hello}]}"
MENUS = f"""groups: front
menus:
  - id: main
    company: globex
{SAY}
    choices:
{TRIPS}
{OTHER}
  - id: trips
    company: globex
    say: {{en: For a new one press 1.}}
{LAST}
caller"""


def menus(old: str, new: str) -> list[tuple[str, str]]:
    """The example with two menus, and one change to them."""
    assert MENUS.count(old) == 1, f"{old!r} is {MENUS.count(old)} times in the menus"
    return [(PHONE, CALLED), (ABOVE, MENUS.replace(old, new))]


def asked(match: str, queue: str = "travel") -> list[tuple[str, str]]:
    """The example with two menus, and an entry point that asks for a path before the rest."""
    first = f"  - id: path\n    {match} # here\n    route: {{queue: {queue}}}\n"
    return [(PHONE, CALLED), (ABOVE, MENUS), ("  - id: rest\n", f"{first}  - id: rest\n")]


def chain(length: int) -> str:
    """Menus that follow one another below `trips`."""
    parts = [
        f"  - id: m{number}{' # here' if number == length else ''}\n    company: globex\n    say: {{en: On.}}\n"
        f'    choices: [{{key: "1", id: on{f", menu: m{number + 1}" if number < length else ""}}}]\n'
        for number in range(3, length + 1)
    ]
    return "".join(parts)


MANY = ", ".join(f'{{key: "{key}", id: c{place}}}' for place, key in enumerate("0123456789*#1"))

DEFECTS_OF_MENUS: dict[str, Defective] = {
    # Form
    "a menu on a page": (
        [(CHAT, "- {channel: web_chat, address: acme-chat, menu: main} # here")],
        "companies[0].addresses[1]",
        "only addresses of voice have a menu",
    ),
    "hours on a number that is called": (
        [(PHONE, "addresses: [{channel: voice, address: +44 20 7946 0200, hours: office}] # here")],
        "companies[1].addresses[0]",
        "only addresses of callback have hours",
    ),
    "a menu that says nothing": (menus(SAY, "    say: {} # here"), "menus[0].say", "write at least 1"),
    "a menu without prompts": (
        menus(f"  - id: main\n    company: globex\n{SAY}\n", "  - id: main # here\n    company: globex\n"),
        "menus[0].say",
        "say is missing",
    ),
    "prompts that are one text": (menus(SAY, "    say: Welcome # here"), "menus[0].say", "is not a mapping"),
    "a prompt in a list": (menus(SAY, "    say: {en: [Welcome]} # here"), "menus[0].say.en", "is not a mapping"),
    "a prompt of two kinds": (
        menus(SAY, "    say: {en: {text: Welcome, audio: https://a.example/a.mp3}} # here"),
        "menus[0].say.en",
        "both a text and a recording",
    ),
    "a prompt of no kind": (menus(SAY, "    say: {en: {}} # here"), "menus[0].say.en", "neither a text nor"),
    "a prompt of an unknown kind": (
        menus(SAY, "    say: {en: {txt: Welcome}} # here"),
        "menus[0].say.en.txt",
        "did you mean text?",
    ),
    "a prompt of spaces": (
        menus(SAY, '    say: {en: "  "} # here'),
        "menus[0].say.en.text",
        "write 1 to 1000 characters",
    ),
    "a prompt that nobody listens to": (
        menus(SAY, f"    say: {{en: {'so ' * 400}}} # here"),
        "menus[0].say.en.text",
        "has 1199 characters",
    ),
    "a prompt in no language": (
        menus(SAY, "    say: {english: Welcome} # here"),
        "menus[0].say.english",
        "not a language tag",
    ),
    "a prompt twice in a language": (
        menus(SAY, "    say: {en: Welcome, EN: Hello} # here"),
        "menus[0].say",
        "has a language twice",
    ),
    "a recording that anybody could change": (
        menus(SAY, "    say: {en: {audio: http://a.example/a.mp3}} # here"),
        "menus[0].say.en.audio",
        "write https://",
    ),
    "a recording in a folder": (
        menus(SAY, "    say: {en: {audio: /var/sounds/a.mp3}} # here"),
        "menus[0].say.en.audio",
        "where the carrier can fetch it",
    ),
    "a recording that is markup": (
        menus(SAY, "    say: {en: {audio: 'https://a.example/<Hangup>'}} # here"),
        "menus[0].say.en.audio",
        "not the address of a recording",
    ),
    "a recording with a very long address": (
        menus(SAY, f"    say: {{en: {{audio: 'https://a.example/{'a' * 500}'}}}} # here"),
        "menus[0].say.en.audio",
        "up to 500 characters",
    ),
    "a key of two digits": (
        menus(OTHER, OTHER.replace('"0"', '"10"') + " # here"),
        "menus[0].choices[1].key",
        "0 to 9",
    ),
    "a key that is a letter": (
        menus(OTHER, OTHER.replace('"0"', "A") + " # here"),
        "menus[0].choices[1].key",
        "not a key of a telephone",
    ),
    "a key in another script": (
        menus(OTHER, OTHER.replace('"0"', '"\N{EXTENDED ARABIC-INDIC DIGIT ZERO}"') + " # here"),
        "menus[0].choices[1].key",
        "not a key of a telephone",
    ),
    "a choice without an id": (menus(OTHER, '      - {key: "0"} # here'), "menus[0].choices[1].id", "id is missing"),
    "a menu without choices": (menus(LAST, "    choices: [] # here"), "menus[1].choices", "write at least 1"),
    "more choices than keys": (menus(LAST, f"    choices: [{MANY}] # here"), "menus[1].choices", "keep it to 12"),
    "hours without a text for when they are closed": (
        menus("  - id: trips\n", "  - id: trips # here\n    hours: office\n"),
        "menus[1]",
        "add closed:",
    ),
    "a text for when no hours are closed": (
        menus("  - id: trips\n", "  - id: trips # here\n    closed: {en: Gone.}\n"),
        "menus[1]",
        "say which hours are meant",
    ),
    # Names
    "a menu twice": (
        menus("  - id: trips\n", f"  - {AGAIN} # here\n  - id: trips\n"),
        "menus[1].id",
        "a second time among the menus",
    ),
    "a key twice in a menu": (
        menus(OTHER, OTHER.replace('"0"', '"1"') + " # here"),
        "menus[0].choices[1].key",
        "give each its own key",
    ),
    "a choice twice in a menu": (
        menus(OTHER, OTHER.replace("other", "trips") + " # here"),
        "menus[0].choices[1].id",
        "a second time among the choices",
    ),
    "an unknown menu of an address": (
        [(PHONE, f"{CALLED} # here")],
        "companies[1].addresses[0].menu",
        'no menu "main"',
    ),
    "an unknown menu of a choice": (
        menus(OTHER, OTHER.replace("other", "other, menu: tirps") + " # here"),
        "menus[0].choices[1].menu",
        "did you mean trips?",
    ),
    "an unknown company of a menu": (
        menus("  - id: trips\n    company: globex", "  - id: trips\n    company: globes # here"),
        "menus[1].company",
        "did you mean globex?",
    ),
    "unknown hours of a menu": (
        menus("  - id: trips\n", "  - id: trips\n    hours: offcie # here\n    closed: {en: Gone.}\n"),
        "menus[1].hours",
        "did you mean office?",
    ),
    "unknown hours of a call-back": (
        [(PHONE, "addresses: [{channel: callback, address: +44 20 7946 0200, hours: nights}] # here")],
        "companies[1].addresses[0].hours",
        'no hours "nights"',
    ),
    # Sense
    "a menu that nobody comes to": (
        [
            (PHONE, CALLED),
            (ABOVE, MENUS.replace(", menu: trips", "").replace("- id: trips", "- id: trips # here")),
        ],
        "menus[1].id",
        "no address of voice leads to it",
    ),
    "an address with a menu of another company": (
        [
            (ABOVE, MENUS),
            (PHONE, CALLED),
            (CHAT, f"{CHAT}\n      - {{channel: voice, address: +44 20 7946 0100, menu: main}} # here"),
        ],
        "companies[0].addresses[2].menu",
        "choose a menu of their own company",
    ),
    "a choice with a menu of another company": (
        [
            (PHONE, CALLED),
            (ABOVE, MENUS.replace("caller", f"{PARTS}caller")),
            (CHAT, f"{CHAT}\n      - {{channel: voice, address: +44 20 7946 0100, menu: parts}}"),
        ],
        "menus[2].choices[0].menu",
        'menu "trips" of "globex"',
    ),
    "a menu that nobody gets out of": (
        menus(LAST, '    choices: [{key: "*", id: again, menu: trips}] # here'),
        "menus[1].choices",
        "it ends in the queue",
    ),
    "a menu deeper than anybody remembers": (
        menus(f"{LAST}\n", f'    choices: [{{key: "1", id: new, menu: m3}}]\n{chain(9)}'),
        "menus[8].id",
        "is 9 menus deep",
    ),
    # Paths
    "a path that begins in the middle": (
        asked(ASKED.replace("trips, new", "new")),
        "entry_points[2].match.ivr_path[0]",
        "as step 1",
    ),
    "a path that goes on behind the queue": (
        asked(ASKED.replace("new]", "new, back]")),
        "entry_points[2].match.ivr_path[2]",
        'the choice "back" as step 3',
    ),
    "a path that callers of this number can't take": (
        [
            (PHONE, f"{CALLED[:-1]}, {{channel: voice, address: +44 20 7946 0220}}]"),
            *asked(ASKED.replace("company: globex", "dialed: +44 20 7946 0220"))[1:],
        ],
        "entry_points[2].match.ivr_path[0]",
        "as step 1",
    ),
    "a path of another company": (
        asked("match: {company: acme, channel: voice, ivr_path: [trips, new]}", queue="support"),
        "entry_points[2].match.ivr_path[0]",
        "take voice out of channel",
    ),
}
