"""Plans with a defect in their steps, spreads, sites, weights, values or escalations, one defect each.

What is wrong: the changes to the example (the defective line ends in "# here"), the place, a part of what is said.
"""

from tests.unit.plan.defects_of_form import SUPPORT, VIP_ROUTE, Defective

ABOVE = "groups: front\ncaller"
TRAVEL = "  - {id: travel, company: globex, groups: front}"
BO = "  - {id: bo, companies: acme, units: 4}"
SKILLS = "skills: [billing, german]"
SECOND = "  - {id: second, company: acme}"
STEPS = "entry_points[0].route.steps"


def route(more: str) -> list[tuple[str, str]]:
    """The example with more in the route of its first entry point."""
    return [(VIP_ROUTE, f"{VIP_ROUTE[:-1]}, {more}}} # here")]


def step(text: str) -> list[tuple[str, str]]:
    """The example with one step."""
    return route(f"steps: [{{{text}}}]")


def queue(more: str, after: str = "") -> list[tuple[str, str]]:
    """The example with more said of its first queue, and what follows it."""
    return [(SUPPORT, f"{SUPPORT[:-1]}, {more}}} # here\n{after}")]


def top(text: str) -> list[tuple[str, str]]:
    """The example with one more key of the file."""
    return [(ABOVE, f"groups: front\n{text} # here\ncaller")]


MANY = ", ".join(f"{{after_s: {count}, tell: yes}}" for count in range(21))

DEFECTS_OF_ROUTES: dict[str, Defective] = {
    # The form of a step
    "a step without an action": (step("after_s: 30"), f"{STEPS}[0]", "has no action"),
    "a step with voicemail: no": (step("after_s: 30, voicemail: no"), f"{STEPS}[0]", "has no action"),
    "a step that is a text": (route("steps: [voicemail]"), f"{STEPS}[0]", "is not a mapping"),
    "steps that are no list": (route("steps: {after_s: 3, tell: yes}"), STEPS, "is not a list"),
    "an unknown key of a step": (
        step("after_s: 30, vociemail: yes"),
        f"{STEPS}[0].vociemail",
        "did you mean voicemail?",
    ),
    "too many steps": (route(f"steps: [{MANY}]"), STEPS, "keep it to 20"),
    "a step before the beginning": (step("after_s: -1, tell: yes"), f"{STEPS}[0].after_s", "at least 0"),
    "a step after more than a month": (step("after_s: 2592001, tell: yes"), f"{STEPS}[0].after_s", "at most 2592000"),
    "a depth of nobody": (step("depth_over: 0, tell: yes"), f"{STEPS}[0].depth_over", "at least 1"),
    "an expected wait of nothing": (
        step("expected_wait_over_s: 0, tell: yes"),
        f"{STEPS}[0].expected_wait_over_s",
        "at least 1",
    ),
    "a service level above all": (
        step("service_level_under: 101, tell: yes"),
        f"{STEPS}[0].service_level_under",
        "at most 100",
    ),
    "nobody on duty, perhaps": (
        step("nobody_on_duty: maybe, tell: yes"),
        f"{STEPS}[0].nobody_on_duty",
        "neither yes nor no",
    ),
    "a step that lowers a level below 1": (step("skills: {billing: 0}"), f"{STEPS}[0].skills.billing", "at least 1"),
    "a step that raises by nothing": (step("raise_priority: 0"), f"{STEPS}[0].raise_priority", "at least 1"),
    "a step that raises by too much": (step("raise_priority: 201"), f"{STEPS}[0].raise_priority", "at most 200"),
    "repeating what is not told": (
        step("offer_callback: yes, every_s: 60"),
        f"{STEPS}[0]",
        "has every_s, but tells nothing",
    ),
    "telling without a pause": (step("tell: yes, every_s: 1"), f"{STEPS}[0].every_s", "at least 10"),
    "a step to two places": (step('queue: support, third_party: "+49 89 1234567"'), f"{STEPS}[0]", "several places"),
    "two ways to end a wait": (step("voicemail: yes, message: We are closed."), f"{STEPS}[0]", "several places"),
    "a step that ends the wait and raises the priority": (
        step("voicemail: yes, raise_priority: 5"),
        f"{STEPS}[0]",
        "so raise_priority changes nothing",
    ),
    "a step that lowers a skill and drops it": (
        step("skills: {billing: 2}, drop_skills: billing"),
        f"{STEPS}[0]",
        "lowers billing and drops it",
    ),
    "a third party without its country": (
        step("third_party: 089 1234567"),
        f"{STEPS}[0].third_party",
        "without its country",
    ),
    "a third party that can't be reached": (step("third_party: headquarters"), f"{STEPS}[0]", "that can't be reached"),
    "a message without words": (step('message: " "'), f"{STEPS}[0].message", "has 0 characters"),
    "a message in one language without words": (step('message: {en: " "}'), f"{STEPS}[0].message.en", "0 characters"),
    "a message in no language": (step("message: {}"), f"{STEPS}[0].message", "has 0 entries"),
    "a message in a language twice": (
        step("message: {en: We are away., EN: We are closed.}"),
        f"{STEPS}[0].message",
        "keep one entry for each language",
    ),
    "a message in what is no language": (
        step("message: {english: No.}"),
        f"{STEPS}[0].message.english",
        "language tag",
    ),
    "a message without a language": (step('message: {"": No.}'), f"{STEPS}[0].message.", "language tag"),
    "a message that is a list": (step("message: [No., Nein.]"), f"{STEPS}[0].message", "is not a mapping"),
    "a message that is played": (
        step('message: {en: {audio: "https://sounds.example/a.mp3"}}'),
        f"{STEPS}[0].message.en",
        "where one text is meant",
    ),
    "a message that is a speech": (step(f"message: {'well ' * 201}"), f"{STEPS}[0].message", "1 to 1000 characters"),
    # The form of a route
    "a spread over one queue": (
        route("spread: [{queue: support}]"),
        "entry_points[0].route.spread",
        "write at least 2",
    ),
    "a share of nothing": (
        route("spread: [{queue: support, share: 0}, {queue: support}, {queue: travel}]"),
        "entry_points[0].route.spread[0].share",
        "at least 1",
    ),
    "a way to spread without a spread": (
        route("spread_by: share"),
        "entry_points[0].route",
        "has spread_by, but no spread",
    ),
    "a way to spread that there is not": (
        route("spread: [{queue: support}, {queue: support}], spread_by: chance"),
        "entry_points[0].route.spread_by",
        "choose 'share' or 'expected_wait'",
    ),
    "shares that nothing goes by": (
        [
            (SUPPORT, f"{SUPPORT}\n{SECOND}"),
            *route("spread: [{queue: support, share: 2}, {queue: second}], spread_by: expected_wait"),
        ],
        "entry_points[0].route",
        "has shares that nothing goes by",
    ),
    "a queue twice in a spread": (
        route("spread: [{queue: support}, {queue: support, share: 2}]"),
        "entry_points[0].route.spread[1].queue",
        "add the shares up",
    ),
    "patience with nobody": (route("patience_s: 30"), "entry_points[0].route", "nobody to be patient with"),
    "no patience": (route("agent: ana, patience_s: 0"), "entry_points[0].route.patience_s", "at least 1"),
    # Names
    "an unknown queue of a step": (step("queue: suport"), f"{STEPS}[0].queue", "did you mean support?"),
    "an unknown skill that a step lowers": (step("skills: {cobol: 1}"), f"{STEPS}[0].skills.cobol", "no skill"),
    "an unknown skill that a step drops": (step("drop_skills: cobol"), f"{STEPS}[0].drop_skills[0]", "no skill"),
    "an unknown group that a step adds": (step("add_groups: [front, back]"), f"{STEPS}[0].add_groups[1]", "no group"),
    "an unknown queue of a spread": (
        route("spread: [{queue: support}, {queue: moon}]"),
        "entry_points[0].route.spread[1].queue",
        'no queue "moon"',
    ),
    "an unknown agent of a route": (route("agent: anna"), "entry_points[0].route.agent", "did you mean ana?"),
    "an unknown site of a queue": (queue("site: mars"), "queues[0].site", "declare it under sites"),
    "an unknown site of an agent": ([(BO, f"{BO[:-1]}, site: mars}} # here")], "agents[1].site", 'no site "mars"'),
    "unknown hours of a site": (top("sites: [{id: north, hours: ofice}]"), "sites[0].hours", "did you mean office?"),
    "a site twice": (top("sites: [{id: north}, {id: north}]"), "sites[1].id", "a second time among the sites"),
    "an unknown queue to escalate to": (queue("escalates_to: moon"), "queues[0].escalates_to", 'no queue "moon"'),
    "an unknown list of a customer value": (
        top("customer_values: [{caller: {list: gold}, value: 5}]"),
        "customer_values[0].caller.list[0]",
        'no caller list "gold"',
    ),
    # Weights
    "weights of another policy": (queue("weights: {cost: -1}"), "queues[0]", "its policy is longest_idle"),
    "a weighted queue without weights": (queue("policy: weighted"), "queues[0]", "is weighted without weights"),
    "a weight of a criterion that there is not": (
        queue("policy: weighted, weights: {charm: 5}"),
        "queues[0].weights.charm",
        "'proficiency', 'idle_s'",
    ),
    "a weight of nothing": (
        queue("policy: weighted, weights: {cost: 0}"),
        "queues[0].weights.cost",
        "counts for nothing",
    ),
    "a weight beyond measure": (
        queue("policy: weighted, weights: {cost: -100001}"),
        "queues[0].weights.cost",
        "at least -100000",
    ),
    "a weight in halves": (
        queue("policy: weighted, weights: {cost: 0.5}"),
        "queues[0].weights.cost",
        "is not a whole number",
    ),
    "no weights": (queue("policy: weighted, weights: {}"), "queues[0].weights", "write at least 1"),
    # The rest of the form
    "an announcement without a pause": (queue("announce_every_s: 5"), "queues[0].announce_every_s", "is 5"),
    "a stickiness of more than a day": (queue("sticky_s: 86401"), "queues[0].sticky_s", "at most 86400"),
    "an agent of no tier": ([(BO, f"{BO[:-1]}, tier: 0}} # here")], "agents[1].tier", "at least 1"),
    "an agent who pays": ([(BO, f"{BO[:-1]}, cost: -1}} # here")], "agents[1].cost", "at least 0"),
    "a priority that counts for more than a day": (
        top("urgency: {priority_s: 86401}"),
        "urgency.priority_s",
        "at most 86400",
    ),
    "an urgency of no kind": (top("urgency: {prioritys: 60}"), "urgency.prioritys", "did you mean priority_s?"),
    "more of the expected wait than there is": (
        top("urgency: {expected_wait_percent: 1001}"),
        "urgency.expected_wait_percent",
        "at most 1000",
    ),
    "a customer beyond value": (
        top("customer_values: [{caller: {list: vip}, value: 101}]"),
        "customer_values[0].value",
        "at most 100",
    ),
    "a value of nobody": (
        top("customer_values: [{caller: {}, value: 5}]"),
        "customer_values[0].caller",
        "asks for nobody",
    ),
    "a value without a number": (
        top("customer_values: [{caller: {list: vip}}]"),
        "customer_values[0].value",
        "value is missing",
    ),
    "a call that is interrupted": (
        [(SKILLS, f"channels: {{voice: {{interruptible: yes}}}} # here\n{SKILLS}")],
        "channels",
        "somebody is on the line",
    ),
    "alone and interruptible": (
        [(SKILLS, f"channels: {{email: {{alone: yes, interruptible: yes}}}} # here\n{SKILLS}")],
        "channels.email",
        "keep one of the two",
    ),
    # Borders
    "a step to another company": (step("queue: travel"), f"{STEPS}[0].queue", 'choose a queue of "acme"'),
    "a step of the default to another company": (
        [("default: {queue: support}", "default: {queue: support, steps: [{after_s: 9, queue: travel}]} # here")],
        "default.steps[0].queue",
        'contacts of "acme" would come to queue "travel" of "globex"',
    ),
    "a spread over the border": (
        route("spread: [{queue: support}, {queue: travel}]"),
        "entry_points[0].route.spread[1].queue",
        'choose a queue of "acme"',
    ),
    "an escalation to another company": (
        [(TRAVEL, f"{TRAVEL[:-1]}, escalates_to: support}} # here")],
        "queues[1].escalates_to",
        'choose a queue of "globex"',
    ),
    # Sense
    "a queue that escalates to itself": (
        queue("escalates_to: support"),
        "queues[0].escalates_to",
        "support → support",
    ),
    "an escalation in a circle": (
        queue("escalates_to: second", SECOND[:-1] + ", escalates_to: support}"),
        "queues[0].escalates_to",
        "support → second → support",
    ),
    "a queue of a site without its agents": (
        [(ABOVE, "groups: front\nsites: [{id: north}]\ncaller"), *queue("site: north")],
        "queues[0].id",
        'works at "north"',
    ),
    "a named agent of another queue": (
        [("route: {queue: travel}", "route: {queue: travel, agent: bo} # here")],
        "entry_points[2].route.agent",
        "can't take what comes here",
    ),
    "a named agent without the skill": (route("agent: bo"), "entry_points[0].route.agent", "or lack a skill"),
    "a spread over a queue that lacks the skill": (
        [
            (SUPPORT, f"{SUPPORT}\n{SECOND[:-1]}, groups: back}}"),
            (ABOVE, "groups: [front, back]\ncaller"),
            (BO, f"{BO[:-1]}, groups: back}}"),
            *route("spread: [{queue: support}, {queue: second}]"),
        ],
        "entry_points[0].route.spread[1].queue",
        'no agent of queue "second" has billing 5 or more',
    ),
    "a step that does not lower enough": (
        [(VIP_ROUTE, "route: {queue: support, skills: {german: 5}, steps: [{skills: {german: 3}}]} # here")],
        "entry_points[0].route.skills",
        "german 5 or more",
    ),
}
