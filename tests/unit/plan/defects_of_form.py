"""Plans whose form is wrong, one defect each.

What is wrong: the changes to the example (the defective line ends in "# here"), the place, a part of what is said.
"""

Defective = tuple[list[tuple[str, str]], str, str]

ANA = "  - {id: ana, companies: [acme, globex], groups: front, skills: {billing: 9}}"
VIPS = "match: {company: acme, caller: {list: vip}}"
VIP_ROUTE = "route: {queue: support, skills: {billing: 5}, priority: 9}"
MAILS = "match: {dialed: support@acme.example, hours: office, state: closed}"
MONDAY = 'days: {mon: "09:00-17:00", fri: ["09:00-12:00", "13:00-15:00"]}'
CHAT = "- {channel: web_chat, address: acme-chat, language: DE}"
PHONE = "addresses: [{channel: voice, address: +44 20 7946 0200}]"
SUPPORT = "- {id: support, company: acme}"

DEFECTS_OF_FORM: dict[str, Defective] = {
    "a key that is misspelt": (
        [("groups: front\ncaller", "gruops: front # here\ncaller")],
        "gruops",
        "did you mean groups?",
    ),
    "a key of no part": (
        [(SUPPORT, "- {id: support, company: acme, tea: 4} # here")],
        "queues[0].tea",
        "known here: id, company, name, policy",
    ),
    "a missing key": ([(SUPPORT, "- {id: support} # here")], "queues[0].company", "company is missing"),
    "a key without a value": ([("groups: front\ncaller", "groups: # here\ncaller")], "groups", "groups has no value"),
    "a list entry without a value": (
        [("away_reasons: [lunch]", "away_reasons:\n  - lunch\n  - # here\n")],
        "away_reasons[1]",
        "entry 2 of the list has no value",
    ),
    "a key twice": ([("tenant: shop", "tenant: shop\ntenant: shop # here")], "tenant", "the first is in line 2"),
    "another format": ([("format: 1", "format: 2 # here")], "format", "not known to this program"),
    "a list where a text is meant": ([("tenant: shop", "tenant: [shop] # here")], "tenant", "write one text"),
    "a text where a mapping is meant": (
        [("default: {queue: support}", "default: support # here")],
        "default",
        "is not a mapping",
    ),
    "a mapping where a list is meant": (
        [("groups: front\ncaller", "groups: {front: 1} # here\ncaller")],
        "groups",
        "is not a list",
    ),
    "a text where skills are meant": (
        [(VIP_ROUTE, "route: {queue: support, skills: billing} # here")],
        "entry_points[0].route.skills",
        "is not a mapping",
    ),
    "an id that is an address": (
        [("id: bo,", "id: bo@acme.example,"), ("units: 4}", "units: 4} # here")],
        "agents[1].id",
        "not an id",
    ),
    "a country that there is not": (
        [(VIPS, "match: {company: acme, caller: {country: [de, xx]}} # here")],
        "entry_points[0].match.caller.country[1]",
        "its two letters of ISO 3166",
    ),
    "a country by its other letters": (
        [(VIPS, "match: {company: acme, caller: {country: uk}} # here")],
        "entry_points[0].match.caller.country[0]",
        "did you mean gb?",
    ),
    "a country's name": (
        [(VIPS, "match: {company: acme, caller: {country: Germany}} # here")],
        "entry_points[0].match.caller.country[0]",
        "not a country",
    ),
    "a channel that there is not": (
        [("channel: web_chat, address: acme-chat, language: DE}", "channel: telex, address: acme-chat} # here")],
        "companies[0].addresses[1].channel",
        '"telex"',
    ),
    "a policy that there is not": (
        [(SUPPORT, "- {id: support, company: acme, policy: random} # here")],
        "queues[0].policy",
        "'skill_based', 'most_proficient'",
    ),
    "a number in words": ([("units: 4}", "units: four} # here")], "agents[1].units", "write digits only"),
    "a list where a number is meant": ([("units: 4}", "units: [4]} # here")], "agents[1].units", "is not a number"),
    "neither yes nor no": (
        [("skills: [billing, german]", "channels: {voice: {alone: maybe}} # here\nskills: [billing, german]")],
        "channels.voice.alone",
        "neither yes nor no",
    ),
    "a list where yes or no is meant": (
        [("skills: [billing, german]", "channels: {voice: {alone: [yes]}} # here\nskills: [billing, german]")],
        "channels.voice.alone",
        "neither yes nor no",
    ),
    "a rule for a channel that there is not": (
        [("skills: [billing, german]", "channels: {telex: {units: 1}} # here\nskills: [billing, german]")],
        "channels.telex",
        "is not one of those there are",
    ),
    "a proficiency above 10": ([("billing: 9}}", "billing: 11}} # here")], "agents[0].skills.billing", "at most 10"),
    "a proficiency below 1": (
        [(VIP_ROUTE, VIP_ROUTE.replace("5", "0") + " # here")],
        "entry_points[0].route.skills.billing",
        "at least 1",
    ),
    "a priority out of range": (
        [(VIP_ROUTE, VIP_ROUTE.replace("9", "101") + " # here")],
        "entry_points[0].route.priority",
        "at most 100",
    ),
    "an offer that is too short": (
        [("skills: [billing, german]", "channels: {voice: {offer_s: 1}} # here\nskills: [billing, german]")],
        "channels.voice.offer_s",
        "at least 5",
    ),
    "no agents": (
        [(ANA, ""), ("  - {id: bo, companies: acme, units: 4}\n", ""), ("agents:\n", "agents: [] # here\n")],
        "agents",
        "write at least 1",
    ),
    "an empty match list": (
        [(VIPS, "match: {company: acme, channel: []} # here")],
        "entry_points[0].match.channel",
        "leave the key out",
    ),
    "too many spans in a day": (
        [(MONDAY, 'days: {mon: ["01:00-02:00", "03:00-04:00", "05:00-06:00", "07:00-08:00", "09:00-10:00"]} # here')],
        "hours[0].days.mon",
        "keep it to 4",
    ),
    "hours that are none": (
        [(MONDAY, "days: {mon: 9-17} # here")],
        "hours[0].days.mon[0]",
        "not a span of opening hours",
    ),
    "hours in a mapping": (
        [(MONDAY, "days: {mon: [{from: 9}]} # here")],
        "hours[0].days.mon[0]",
        "not a span of opening hours",
    ),
    "an hour that there is not": (
        [(MONDAY, 'days: {mon: "09:00-25:00"} # here')],
        "hours[0].days.mon[0]",
        "not a span of opening hours",
    ),
    "hours that end when they begin": (
        [(MONDAY, 'days: {mon: "09:00-09:00"} # here')],
        "hours[0].days.mon[0]",
        '"00:00-24:00"',
    ),
    "hours without a day": ([(MONDAY, "days: {} # here")], "hours[0].days", "name the days"),
    "a holiday that is no day": (
        [("holidays: 2026-12-25", "holidays: 2026-02-30 # here")],
        "hours[0].holidays[0]",
        "not a day of the calendar",
    ),
    "a holiday written otherwise": (
        [("holidays: 2026-12-25", "holidays: 25.12.2026 # here")],
        "hours[0].holidays[0]",
        "year-month-day",
    ),
    "a language that is a name": (
        [("language: DE}", "language: german} # here")],
        "companies[0].addresses[1].language",
        "not a language tag",
    ),
    "a mailbox that is none": (
        [
            ("address: Support@Acme.example}", "address: support} # here"),
            (MAILS, "match: {company: acme, direction: outbound}"),
        ],
        "companies[0].addresses[0]",
        "not a mail address",
    ),
    "a page that is none": (
        [(CHAT, "- {channel: web_chat, address: acme/chat} # here")],
        "companies[0].addresses[1]",
        "not the id of a page",
    ),
    "a phone number that is none": (
        [(PHONE, "addresses: [{channel: voice, address: reception}] # here")],
        "companies[1].addresses[0]",
        "is not a number",
    ),
    "a short code to be called back from": (
        [(PHONE, "addresses: [{channel: callback, address: 12345}] # here")],
        "companies[1].addresses[0]",
        "can be called from",
    ),
    "an address without its country": (
        [(PHONE, "addresses: [{channel: voice, address: 020 7946 0200}] # here")],
        "companies[1].addresses[0].address",
        "without its country",
    ),
    "a name over two lines": (
        [("name: Globex", 'name: "Glo\\nbex" # here')],
        "companies[1].name",
        "keep it on one line",
    ),
    "a name without letters": (
        [("name: Globex", 'name: "  " # here')],
        "companies[1].name",
        "write 1 to 200 characters",
    ),
    "a caller without their country": (
        [("vip: [vera@customer.example]", "vip: [0151 23456789] # here")],
        "caller_lists.vip[0]",
        "from abroad",
    ),
    "a prefix that is a whole number": (
        [(VIPS, "match: {company: acme, caller: {prefix: +4420794601}} # here")],
        "entry_points[0].match.caller.prefix[0]",
        "not the beginning of a number",
    ),
    "a domain with its at sign": (
        [(VIPS, 'match: {company: acme, caller: {domain: "@b.example"}} # here')],
        "entry_points[0].match.caller.domain[0]",
        "what follows the @",
    ),
    "a caller of no kind": (
        [(VIPS, "match: {company: acme, caller: {}} # here")],
        "entry_points[0].match.caller",
        "asks for nobody",
    ),
    "a state without hours": (
        [(MAILS, "match: {dialed: support@acme.example, state: open} # here")],
        "entry_points[1].match",
        "state without hours",
    ),
}
