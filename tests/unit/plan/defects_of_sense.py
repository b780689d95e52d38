"""Plans that would lose contacts or show them to the wrong people, one defect each.

What is wrong: the changes to the example (the defective line ends in "# here"), the place, a part of what is said.
"""

from tests.unit.plan.defects_of_form import ANA, MAILS, PHONE, VIP_ROUTE, VIPS, Defective

DEFECTS_OF_SENSE: dict[str, Defective] = {
    # Borders
    "a queue of another company": (
        [("route: {queue: travel}", "route: {queue: support} # here")],
        "entry_points[2].route.queue",
        "company: acme in the match",
    ),
    "everybody's contacts to a queue of one": (
        [(VIPS, "match: {caller: {list: vip}}"), (VIP_ROUTE, f"{VIP_ROUTE} # here")],
        "entry_points[0].route.queue",
        'contacts of "globex" would come',
    ),
    "a company that nothing catches": (
        [
            ("match: {company: globex}", "match: {company: globex, channel: voice}"),
            ("default: {queue: support}", "default: {queue: support} # here"),
        ],
        "default.queue",
        "match: {company: globex}",
    ),
    "an address of nobody": (
        [(MAILS, MAILS.replace("support@", "help@") + " # here")],
        "entry_points[1].match.dialed[0]",
        "no company has the address",
    ),
    "an address of another company": (
        [
            ("match: {company: globex}", "match: {company: globex, dialed: acme-chat} # here"),
            ("default:", "  - {id: last, match: {company: globex}, route: {queue: travel}}\ndefault:"),
        ],
        "entry_points[2].match.dialed[0]",
        "of another company or channel",
    ),
    "an address of another channel": (
        [(MAILS, "match: {dialed: support@acme.example, channel: voice} # here")],
        "entry_points[1].match.dialed[0]",
        "of another company or channel",
    ),
    # Staff
    "a queue that nobody serves": (
        [(ANA, ANA.replace("groups: front, ", "")), ("- {id: travel,", "# here\n  - {id: travel,")],
        "queues[1].id",
        "is in one of its groups",
    ),
    "a queue of a company without agents": (
        [
            (ANA, ANA.replace("acme, globex", "acme")),
            ("- {id: travel, company: globex, groups: front}", "- {id: travel, company: globex} # here"),
        ],
        "queues[1].id",
        'no agent has company "globex"',
    ),
    "a route that nobody can take": (
        [(VIP_ROUTE, VIP_ROUTE.replace("5", "10") + " # here")],
        "entry_points[0].route.skills",
        "billing 10 or more",
    ),
    "a default that nobody can take": (
        [("default: {queue: support}", "default: {queue: support, skills: {german: 1}} # here")],
        "default.skills",
        "german 1 or more",
    ),
    "units that no agent has": (
        [("skills: [billing, german]", "channels: {voice: {units: 11}} # here\nskills: [billing, german]")],
        "channels.voice",
        "no agent has more than 10",
    ),
    "units that no agent has, by default": (
        [(ANA, ANA.replace("groups", "units: 9, groups")), (PHONE, f"{PHONE} # here")],
        "companies[1].addresses[0]",
        "costs 10 units",
    ),
    "units that none of the able has": (
        [
            (VIPS, "match: {company: acme, channel: [email, voice], caller: {list: vip}}"),
            (VIP_ROUTE, f"{VIP_ROUTE} # here"),
            (ANA, ANA.replace("groups", "units: 9, groups")),
            ("units: 4}", "units: 10}"),
        ],
        "entry_points[0].route",
        "the 10 units that voice costs",
    ),
    # Shadows
    "an entry point that can never match": (
        [("id: mails", "id: mails # here"), (VIPS, "match: {company: acme}"), (VIP_ROUTE, "route: {queue: support}")],
        "entry_points[1].id",
        '"vips" before it',
    ),
}
