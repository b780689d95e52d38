"""Plan files for the tests of the whole system."""

TWO_COMPANIES = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme Parts
    addresses:
      - {channel: email, address: support@acme.example}
      - {channel: email, address: billing@acme.example}
      - {channel: web_form, address: acme-contact}
      - {channel: web_chat, address: acme-chat}
    dispositions: [{id: solved, name: Solved}]
  - id: globex
    name: Globex Travel
    addresses:
      - {channel: email, address: hello@globex.example}
      - {channel: web_form, address: globex-contact}
      - {channel: web_chat, address: globex-chat}
    dispositions: [{id: booked, name: Booked}]
skills: [billing]
caller_lists:
  vip: [vera@customer.example]
queues:
  - {id: acme-support, company: acme, name: Acme Support, policy: longest_idle}
  - {id: acme-billing, company: acme, name: Acme Billing, policy: longest_idle}
  - {id: acme-german, company: acme, name: Acme German, policy: longest_idle}
  - {id: acme-vip, company: acme, name: Acme VIP, policy: longest_idle}
  - {id: globex-travel, company: globex, name: Globex Travel, policy: round_robin}
entry_points:
  - {id: vip, match: {company: acme, caller: {list: vip}}, route: {queue: acme-vip}}
  - {id: german, match: {company: acme, language: de}, route: {queue: acme-german}}
  - {id: billing, match: {dialed: billing@acme.example}, route: {queue: acme-billing}}
  - {id: globex, match: {company: globex}, route: {queue: globex-travel}}
default: {queue: acme-support}
agents:
  - {id: ana, companies: [acme, globex], units: 10}
  - {id: ben, companies: [acme, globex], units: 10}
  - {id: chen, companies: [acme, globex], units: 10}
  - {id: dora, companies: acme, units: 10}
"""


def with_hours(days: str) -> str:
    """The same, where mail to support goes to billing while `hours` are open."""
    hours = f"hours:\n  - {{id: desk, days: {days}}}\nskills:"
    rule = "entry_points:\n  - {id: open, match: {dialed: support@acme.example, hours: desk, state: open}, "
    return TWO_COMPANIES.replace("skills:", hours, 1).replace("entry_points:", rule + "route: {queue: acme-billing}}")
