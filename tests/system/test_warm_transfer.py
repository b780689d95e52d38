"""A warm transfer by two programs, with the whole system behind them."""

from services.shared.tokens import Role
from tests.system.plans import TWO_COMPANIES
from tests.system.programs import on_duty
from tests.system.running import Running, bearer

IVY = "ivy@customer.example"


async def test_a_form_is_handed_over_to_who_was_asked_and_the_figures_count_one_contact(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    contact_id = await system.form("acme-contact", IVY)
    item = await ana.next()
    await ana.do(contact_id, "accept", offer_id=item["offer_id"])
    ben = await on_duty(system, "ben")
    await ana.do(contact_id, "note", text="It is the model of 2019.")

    asking = (await ana.do(contact_id, "consult", queue="acme-billing"))["item"]
    assert asking["state"] == "active"
    asked = await ben.next()
    assert (asked["about"], asked["asked_by"], asked["queue"]) == (contact_id, "ana", "acme-billing")
    early = await ana.act(contact_id, "hand_over")
    assert (early.status_code, "accepted" in early.json()["error"]["what"]) == (409, True)
    await ben.do(asked["contact_id"], "accept", offer_id=asked["offer_id"])
    read = (await ben.get(f"/v1/work/{asked['contact_id']}")).json()
    assert "It is the model of 2019." in [each["text"] for each in read["messages"]]

    await ana.do(contact_id, "hand_over")
    assert (await ana.get("/v1/desk")).json()["items"] == []
    await ben.do(contact_id, "complete", disposition="solved")

    row = await system.contact(contact_id, lambda it: it["stage"] == "ended")
    assert (row["agent"], row["queue"], row["outcome"]) == ("ben", "acme-billing", "completed")
    token = await system.token(Role.SUPERVISOR)
    rows = (await system.http.get(system.reporting("/v1/contacts"), headers=bearer(token))).json()["contacts"]
    assert [each["contact_id"] for each in rows] == [contact_id]
