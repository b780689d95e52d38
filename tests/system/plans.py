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


NUMBER, OTHER_NUMBER, FRENCH_NUMBER = "+442079460100", "+442079460110", "+33123456789"
CALLER = "+919810012345"

PHONES = f"""
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme Parts
    addresses:
      - {{channel: voice, address: "{NUMBER}", menu: main}}
      - {{channel: voice, address: "{OTHER_NUMBER}"}}
      - {{channel: voice, address: "{FRENCH_NUMBER}", language: fr}}
    dispositions: [{{id: solved, name: Solved}}]
menus:
  - id: main
    company: acme
    say: {{en: "Press 1 for invoices, 2 for Hindi, 0 for anything else."}}
    choices:
      - {{key: "1", id: invoices}}
      - {{key: "2", id: hindi, language: hi}}
      - {{key: "0", id: other}}
caller_lists:
  vip: ["+442079460777"]
queues:
  - {{id: support, company: acme, policy: longest_idle}}
  - {{id: billing, company: acme, policy: longest_idle}}
  - {{id: vip, company: acme, policy: longest_idle}}
  - {{id: india, company: acme, policy: longest_idle}}
  - {{id: hindi, company: acme, policy: longest_idle}}
  - {{id: french, company: acme, policy: longest_idle}}
  - {{id: direct, company: acme, policy: longest_idle}}
entry_points:
  - {{id: vip, match: {{caller: {{list: vip}}}}, route: {{queue: vip}}}}
  - {{id: invoices, match: {{channel: voice, ivr_path: invoices}}, route: {{queue: billing}}}}
  - {{id: hindi, match: {{language: hi}}, route: {{queue: hindi}}}}
  - {{id: french, match: {{language: fr}}, route: {{queue: french}}}}
  - {{id: direct, match: {{dialed: "{OTHER_NUMBER}"}}, route: {{queue: direct}}}}
default: {{queue: support}}
agents:
  - {{id: ana, companies: acme}}
"""


def with_rule(rule: str, hours: str = "") -> str:
    """The plan of phones with one entry point before all others, and hours of these days."""
    plan = PHONES.replace("entry_points:", f"entry_points:\n  - {rule}", 1)
    desk = f"hours:\n  - {{id: desk, days: {hours}}}\n" if hours else ""
    return plan.replace("caller_lists:", f"{desk}caller_lists:", 1)
