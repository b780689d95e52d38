"""Two companies in one centre, at once and apart (mission R14)."""

from services.shared.tokens import Role
from tests.system.plans import TWO_COMPANIES
from tests.system.running import Running, bearer

SHARED = ("ana", "ben", "chen")


async def on_duty(system: Running, *agents: str) -> None:
    for agent in agents:
        await system.agent_call(agent, "/v1/next?wait_s=0")
        answer = await system.agent_call(agent, "/v1/presence", presence="available")
        assert answer.status_code == 200, answer.text


async def test_three_agents_serve_both_companies(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    await on_duty(system, *SHARED)

    contacts = [await system.form(page, "ivy@customer.example") for page in ("acme-contact", "globex-contact") * 3]

    agents: dict[str, set[str]] = {"acme": set(), "globex": set()}
    for contact_id in contacts:
        contact = await system.contact(contact_id, lambda it: it["stage"] == "offered")
        agents[contact["company"]].add(contact["agent"])
    assert agents["acme"] <= set(SHARED)
    assert agents["acme"] | agents["globex"] == set(SHARED)
    assert agents["acme"] & agents["globex"]


async def test_an_agent_of_one_company_is_never_offered_a_contact_of_the_other(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    await on_duty(system, "dora")

    foreign = await system.form("globex-contact", "ivy@customer.example")
    own = await system.form("acme-contact", "ivy@customer.example")

    assert (await system.contact(own, lambda it: it["stage"] == "offered"))["agent"] == "dora"
    assert (await system.contact(foreign, lambda it: it["stage"] == "queued"))["agent"] == ""


async def test_a_supervisor_limited_to_one_company_sees_nothing_of_the_other(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    acme = await system.form("acme-contact", "ivy@customer.example")
    globex = await system.form("globex-contact", "ivy@customer.example")
    await system.contact(globex, lambda it: it["queue"] != "")
    headers = bearer(await system.token(Role.SUPERVISOR, companies=("acme",)))

    live = (await system.http.get(system.reporting("/v1/live"), headers=headers)).json()
    newest = (await system.http.get(system.reporting("/v1/contacts"), headers=headers)).json()
    timeline = await system.http.get(system.reporting(f"/v1/contacts/{globex}/timeline"), headers=headers)
    own_timeline = await system.http.get(system.reporting(f"/v1/contacts/{acme}/timeline"), headers=headers)
    work = await system.http.get(system.agents(f"/v1/work/{globex}"), headers=headers)

    assert {each["company"] for each in live["companies"]} <= {"acme"}
    assert {each["company"] for each in live["queues"]} == {"acme"}
    assert [each["contact_id"] for each in newest["contacts"]] == [acme]
    assert (timeline.status_code, own_timeline.status_code, work.status_code) == (404, 200, 404)
    assert globex not in str([live, newest, timeline.text, work.text])


async def test_another_tenant_sees_nothing_at_all(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    contact_id = await system.form("acme-contact", "ivy@customer.example")
    await system.contact(contact_id, lambda it: it["queue"] != "")
    headers = bearer(await system.token(Role.ADMIN, tenant="other"))

    newest = (await system.http.get(system.reporting("/v1/contacts"), headers=headers)).json()
    timeline = await system.http.get(system.reporting(f"/v1/contacts/{contact_id}/timeline"), headers=headers)

    events = (await system.http.get(system.reporting("/v1/events"), headers=headers)).json()
    intervals = (await system.http.get(system.reporting("/v1/intervals"), headers=headers)).json()

    assert (newest, events) == ({"contacts": [], "next": None}, {"events": [], "next": None})
    assert intervals == {"intervals": [], "next": None}
    assert timeline.status_code == 404
