from dataclasses import replace

import pytest

from services.plan.caller import caller_hash
from services.plan.compile import CompiledPlan
from services.plan.compiled import CallerPrefix, Plan
from services.router.caller_lists import CallerLists
from services.shared.blob_store import BlobUnavailable
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.unit.router.core.builders import TENANT, plan

KEY = b"k" * 32
VERA = "+493012345"


async def compiled(blobs: MemoryBlobStore, caller_class: str, version: int = 0, tenant: str = TENANT) -> CompiledPlan:
    """A plan that has Vera in that class."""
    private = f'{{"{caller_class}": ["{caller_hash(KEY, tenant, VERA)}"]}}'.encode()
    name = await blobs.put(private)
    return CompiledPlan(plan(tenant=tenant, version=version, private_blob=name), private)


def classes(lists: CallerLists, in_force: Plan | None) -> tuple[str, ...]:
    facts = lists.facts(in_force)
    return facts.classes(VERA) if facts else ()


def kept(lists: CallerLists) -> int:
    return len(lists._in_force) + len(lists._coming)


async def test_a_plan_that_is_put_in_force_brings_its_lists() -> None:
    blobs = MemoryBlobStore()
    lists, vip = CallerLists(blobs, KEY), await compiled(blobs, "list:vip")
    lists.expect(None, vip)
    in_force = replace(vip.plan, version=1)
    assert classes(lists, in_force) == ("list:vip",)
    assert lists.facts(in_force) is lists.facts(in_force), "worked out once"
    assert blobs.gets == 0


async def test_without_a_plan_nothing_is_known_and_without_lists_the_public_classes() -> None:
    lists = CallerLists(MemoryBlobStore(), KEY)
    assert lists.facts(None) is None
    assert classes(lists, plan(caller_prefixes=(CallerPrefix("prefix:de", "+49"),))) == ("prefix:de",)


async def test_the_lists_are_durable_before_the_plan_is_put_in_force() -> None:
    blobs, elsewhere = MemoryBlobStore(), MemoryBlobStore()
    vip = await compiled(elsewhere, "list:vip")
    await CallerLists(blobs, KEY).store(vip)
    assert blobs.blobs == elsewhere.blobs
    blobs.is_away = True
    with pytest.raises(BlobUnavailable):
        await CallerLists(blobs, KEY).store(vip)
    await CallerLists(blobs, KEY).store(CompiledPlan(plan(), b""))


async def test_a_router_that_starts_loads_the_lists_in_force_once() -> None:
    blobs = MemoryBlobStore()
    lists, vip = CallerLists(blobs, KEY), await compiled(blobs, "list:vip")
    for _ in range(3):
        await lists.load(vip.plan)
        assert classes(lists, vip.plan) == ("list:vip",)
    await lists.load(plan())
    assert blobs.gets == 1


async def test_lists_that_are_missing_or_out_of_reach_are_an_error_that_says_which() -> None:
    blobs = MemoryBlobStore()
    lists, vip = CallerLists(blobs, KEY), await compiled(blobs, "list:vip")
    blobs.is_away = True
    with pytest.raises(BlobUnavailable):
        await lists.load(vip.plan)
    blobs.is_away = False
    blobs.blobs.clear()
    with pytest.raises(BlobUnavailable, match=vip.plan.private_blob):
        await lists.load(vip.plan)


async def test_callers_are_never_judged_by_lists_that_were_not_loaded() -> None:
    blobs = MemoryBlobStore()
    vip = await compiled(blobs, "list:vip")
    with pytest.raises(LookupError, match=TENANT):
        CallerLists(blobs, KEY).facts(vip.plan)


async def test_of_each_tenant_no_more_is_kept_than_what_is_in_force_and_what_comes() -> None:
    blobs = MemoryBlobStore()
    lists, in_force = CallerLists(blobs, KEY), None
    for number in range(20):
        coming = await compiled(blobs, f"list:{number}", number)
        lists.expect(in_force, coming)
        in_force = coming.plan
        assert kept(lists) <= 2
        if number % 3:
            assert classes(lists, in_force) == (f"list:{number}",)
    lists.expect(None, await compiled(blobs, "list:a", tenant="lagoon"))
    assert kept(lists) <= 3


async def test_a_plan_that_is_refused_leaves_the_lists_in_force() -> None:
    blobs = MemoryBlobStore()
    lists, vip = CallerLists(blobs, KEY), await compiled(blobs, "list:vip")
    lists.expect(None, vip)
    for number in range(3):
        lists.expect(vip.plan, await compiled(blobs, f"list:refused-{number}"))
    assert classes(lists, vip.plan) == ("list:vip",)


async def test_a_plan_that_was_undone_gives_way_to_the_one_before() -> None:
    blobs = MemoryBlobStore()
    lists, old, new = CallerLists(blobs, KEY), await compiled(blobs, "list:old"), await compiled(blobs, "list:new", 1)
    lists.expect(None, old)
    lists.expect(old.plan, new)
    assert classes(lists, new.plan) == ("list:new",)
    await lists.load(old.plan)
    assert classes(lists, old.plan) == ("list:old",)
