"""The queue in front of an engine, on its own clock and with real coroutines."""

import asyncio
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.serve.admission import BusyError, Gate


def test_those_who_find_a_place_go_in_and_others_wait_in_order():
    async def come() -> list[int]:
        gate, order = Gate(1, 5), []

        async def one(number: int) -> None:
            async with gate.place(1, 10):
                order.append(number)
                await asyncio.sleep(0.01)

        await asyncio.gather(*(one(number) for number in range(4)))
        assert gate.inside == 0 and gate.waiting == 0
        return order

    assert asyncio.run(come()) == [0, 1, 2, 3]


def test_one_more_than_may_wait_is_sent_away_with_a_time():
    async def come() -> BusyError:
        gate = Gate(1, 0)
        gate.mean = 2.2
        async with gate.place(1, 10):
            with pytest.raises(BusyError, match="1 places are taken, and 0 wait") as caught:
                async with gate.place(1, 10):
                    pass
        return caught.value

    assert asyncio.run(come()).retry_after == 3


def test_who_would_wait_in_vain_is_sent_away_at_once():
    async def come() -> None:
        gate = Gate(2, 100)
        gate.mean, gate.deviation = 4.0, 0.5
        async with gate.place(2, 10):
            with pytest.raises(BusyError):
                async with gate.place(1, 7.9):  # 4 / 2 s of waiting, and 4 + 4 x 0.5 s for the answer
                    pass

    asyncio.run(come())


def test_the_time_of_an_answer_is_learnt_from_those_that_end_and_those_that_take_long():
    now = 0.0
    gate = Gate(1, 0, lambda: now)

    async def take(seconds: float, ends: bool) -> None:
        nonlocal now
        with suppress(TimeoutError):
            async with gate.place(1, 1000):
                now += seconds
                if not ends:
                    raise TimeoutError

    async def come() -> list[tuple[float, float]]:
        found = []
        for seconds, ends in ((10.0, True), (20.0, True), (1.0, False), (21.0, False)):
            await take(seconds, ends)
            found.append((gate.mean, gate.deviation))
        return found

    first, second, early, late = asyncio.run(come())
    assert first == (10, 5) and second == pytest.approx((11, 5.5)) == early
    assert late == pytest.approx((12, 5.95))


def test_a_wait_that_turns_out_too_long_ends_and_leaves_no_trace():
    async def come() -> Gate:
        gate = Gate(1, 5)
        async with gate.place(1, 10):
            with pytest.raises(BusyError, match="no place in time"):
                async with gate.place(1, 0.02):
                    pass
        return gate

    gate = asyncio.run(come())
    assert gate.inside == 0 and gate.waiting == 0


def test_who_asks_for_more_than_there_is_takes_all():
    async def come() -> int:
        gate = Gate(2, 0)
        async with gate.place(9, 10):
            return gate.inside

    assert asyncio.run(come()) == 2


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5), st.booleans()), max_size=12), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_never_more_inside_than_places_and_all_is_free_at_the_end(comers: list[tuple[int, int, bool]], places: int):
    async def come() -> Gate:
        gate = Gate(places, 4)

        async def one(weight: int, pause: int, leaves: bool) -> None:
            async with AsyncExitStack() as stack:
                try:
                    await stack.enter_async_context(gate.place(weight, 5))
                except BusyError:
                    return
                assert gate.inside <= places
                await asyncio.sleep(pause / 2000)
                if leaves:
                    raise asyncio.CancelledError

        tasks = [asyncio.create_task(one(*comer)) for comer in comers]
        for task, (_, _, leaves) in zip(tasks, comers, strict=True):
            if leaves:
                asyncio.get_running_loop().call_later(0.001, task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        return gate

    gate = asyncio.run(come())
    assert gate.inside == 0 and gate.waiting == 0


def test_work_that_was_given_up_keeps_its_place_until_it_ends():
    async def asked():
        gate, work = Gate(1, 0), Future()
        gate.keep(work)
        with pytest.raises(BusyError):
            async with gate.place(1, 1.0):
                pass
        work.set_result(None)
        await asyncio.sleep(0.01)
        async with gate.place(1, 1.0):
            return gate.inside

    assert asyncio.run(asked()) == 1
