from services.router.effects import Effects, Position, Release

SEVENTH = Position(0, 7)
EIGHTH = Position(0, 8)


def noting(name: str, told: list[str]) -> Release:
    return Release(lambda position: told.append(f"{name} at {position.offset}"), lambda: told.append(f"{name} lost"))


def test_what_waits_leaves_in_the_order_of_the_log_each_with_its_place() -> None:
    effects, told = Effects(), list[str]()
    effects.add(SEVENTH, [noting("a", told), noting("b", told)])
    effects.add(EIGHTH, [noting("c", told)])
    assert effects.waiting
    effects.release()
    assert told == ["a at 7", "b at 7", "c at 8"]
    assert not effects.waiting


def test_nothing_leaves_twice() -> None:
    effects, told = Effects(), list[str]()
    effects.add(SEVENTH, [noting("a", told)])
    effects.release()
    effects.release()
    effects.drop()
    assert told == ["a at 7"]


def test_what_is_dropped_never_leaves_and_whoever_waits_for_it_is_told() -> None:
    effects, told = Effects(), list[str]()
    effects.add(SEVENTH, [noting("a", told), Release(lambda _: told.append("desk"))])
    effects.drop()
    effects.release()
    assert told == ["a lost"]
    assert not effects.waiting


def test_what_is_added_while_things_leave_waits_for_the_next_time() -> None:
    effects, told = Effects(), list[str]()
    effects.add(SEVENTH, [Release(lambda _: effects.add(EIGHTH, [noting("b", told)]))])
    effects.release()
    assert told == []
    effects.release()
    assert told == ["b at 8"]
