"""Plans with a name that is declared twice or not at all, one defect each.

What is wrong: the changes to the example (the defective line ends in "# here"), the place, a part of what is said.
"""

from tests.unit.plan.defects_of_form import CHAT, MAILS, PHONE, SUPPORT, VIP_ROUTE, VIPS, Defective

DEFECTS_OF_NAMES: dict[str, Defective] = {
    "an unknown queue": (
        [("default: {queue: support}", "default: {queue: suport} # here")],
        "default.queue",
        "did you mean support?",
    ),
    "an unknown queue of an entry point": (
        [("route: {queue: travel}", "route: {queue: moon} # here")],
        "entry_points[2].route.queue",
        'no queue "moon"',
    ),
    "an entry point with the default's name": (
        [("- id: vips", "- id: default # here")],
        "entry_points[0].id",
        "give it another id",
    ),
    "an unknown skill of a route": (
        [(VIP_ROUTE, "route: {queue: support, skills: {cobol: 5}} # here")],
        "entry_points[0].route.skills.cobol",
        "declare it under skills",
    ),
    "an unknown skill of an agent": (
        [("billing: 9}}", "billing: 9, cobol: 5}} # here")],
        "agents[0].skills.cobol",
        'no skill "cobol"',
    ),
    "an unknown group of a queue": (
        [(SUPPORT, "- {id: support, company: acme, groups: [front, back]} # here")],
        "queues[0].groups[1]",
        'no group "back"',
    ),
    "an unknown group of an agent": (
        [("units: 4}", "groups: fron} # here")],
        "agents[1].groups[0]",
        "did you mean front?",
    ),
    "an unknown company of an agent": (
        [("companies: acme, units: 4}", "companies: [acme, initech]} # here")],
        "agents[1].companies[1]",
        'no company "initech"',
    ),
    "an unknown company of a queue": (
        [
            (SUPPORT, f"{SUPPORT}\n  - {{id: spare, company: initech}} # here"),
            ("companies: acme, units: 4}", "companies: [acme]}"),
        ],
        "queues[1].company",
        "declare it under companies",
    ),
    "an unknown company of a match": (
        [(VIPS, "match: {company: [acme, initech], caller: {list: vip}} # here")],
        "entry_points[0].match.company[1]",
        'no company "initech"',
    ),
    "unknown hours of a queue": (
        [("  - {id: support, company: acme}", "  - {id: support, company: acme, hours: ofice} # here")],
        "queues[0].hours",
        "did you mean office?",
    ),
    "unknown hours": (
        [(MAILS, MAILS.replace("office", "offcie") + " # here")],
        "entry_points[1].match.hours",
        "did you mean office?",
    ),
    "an unknown caller list": (
        [(VIPS, VIPS.replace("vip", "gold") + " # here")],
        "entry_points[0].match.caller.list[0]",
        "declare it under caller_lists",
    ),
    "an unknown time zone": (
        [("time_zone: Europe/Berlin", "time_zone: Europe/Berlni # here")],
        "time_zone",
        "did you mean Europe/Berlin?",
    ),
    "a time zone that is a folder": (
        [("time_zone: Europe/Berlin", "time_zone: Europe # here")],
        "time_zone",
        "no time zone",
    ),
    "a time zone that is a path": (
        [("time_zone: Europe/Berlin", "time_zone: ../../etc/passwd # here")],
        "time_zone",
        "IANA list",
    ),
    "an agent twice": (
        [("{id: bo, companies: acme, units: 4}", "{id: ana, companies: acme} # here")],
        "agents[1].id",
        "a second time among the agents",
    ),
    "an entry point twice": ([("id: rest", "id: vips # here")], "entry_points[2].id", "a second time"),
    "an away reason twice": (
        [("away_reasons: [lunch]", "away_reasons: [lunch, lunch] # here")],
        "away_reasons[1]",
        "a second time",
    ),
    "a disposition twice": (
        [("dispositions: [{id: solved, name: Solved}]", "dispositions: [{id: a, name: A}, {id: a, name: B}] # here")],
        "companies[0].dispositions[1].id",
        "a second time",
    ),
    "an address in two companies": (
        [(PHONE, "addresses: [{channel: web_form, address: Acme-Chat}] # here")],
        "companies[1].addresses[0].address",
        'company "acme" too',
    ),
    "an address twice in a company": (
        [(CHAT, f"{CHAT}\n      - {{channel: web_chat, address: acme-chat}} # here")],
        "companies[0].addresses[2].address",
        "a second time",
    ),
}
