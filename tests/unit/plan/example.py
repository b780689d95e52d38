"""A small plan without defects, to be changed by each test."""

from services.plan.compile import CompiledPlan
from services.plan.defects import Defect, PlanRefused
from services.plan.load import load_plan

NOW_MS = 1_795_330_000_000
KEY = b"a key of the customers' hashes.."
HERE = "# here"

EXAMPLE = """\
format: 1
tenant: shop
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme
    addresses:
      - {channel: email, address: Support@Acme.example}
      - {channel: web_chat, address: acme-chat, language: DE}
    dispositions: [{id: solved, name: Solved}]
  - id: globex
    name: Globex
    addresses: [{channel: voice, address: +44 20 7946 0200}]
hours:
  - id: office
    days: {mon: "09:00-17:00", fri: ["09:00-12:00", "13:00-15:00"]}
    holidays: 2026-12-25
skills: [billing, german]
groups: front
caller_lists:
  vip: [vera@customer.example]
queues:
  - {id: support, company: acme}
  - {id: travel, company: globex, groups: front}
entry_points:
  - id: vips
    match: {company: acme, caller: {list: vip}}
    route: {queue: support, skills: {billing: 5}, priority: 9}
  - id: mails
    match: {dialed: support@acme.example, hours: office, state: closed}
    route: {queue: support}
  - id: rest
    match: {company: globex}
    route: {queue: travel}
default: {queue: support}
agents:
  - {id: ana, companies: [acme, globex], groups: front, skills: {billing: 9}}
  - {id: bo, companies: acme, units: 4}
away_reasons: [lunch]
"""


def changed(*changes: tuple[str, str]) -> str:
    text = EXAMPLE
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in the example"
        text = text.replace(old, new)
    return text


def load(text: str) -> CompiledPlan:
    return load_plan(text.encode(), NOW_MS, KEY)


def defects_of(raw: str | bytes) -> tuple[Defect, ...]:
    try:
        load_plan(raw.encode() if isinstance(raw, str) else raw, NOW_MS, KEY)
    except PlanRefused as refused:
        return refused.defects
    return ()


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if HERE in line)
