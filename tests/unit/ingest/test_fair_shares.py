from services.ingest.fair_shares import FairShares


def test_modest_is_who_sends_less_than_an_equal_share() -> None:
    shares = FairShares()
    for tenant in ("a", "a", "a", "b", "c"):
        shares.sent(tenant)
    assert [tenant for tenant in "abcd" if shares.is_modest(tenant)] == ["b", "c", "d"]


def test_one_alone_is_not_modest_and_neither_are_equals() -> None:
    shares = FairShares()
    assert not shares.is_modest("a")
    shares.sent("a")
    assert not shares.is_modest("a")
    shares.sent("b")
    assert not shares.is_modest("a")
    assert not shares.is_modest("b")


def test_what_was_sent_two_turns_ago_is_forgotten() -> None:
    shares = FairShares()
    for tenant in ("a", "a", "b"):
        shares.sent(tenant)
    shares.turn()
    assert not shares.is_modest("a")
    shares.turn()
    for tenant in ("a", "b", "b"):
        shares.sent(tenant)
    assert shares.is_modest("a")
