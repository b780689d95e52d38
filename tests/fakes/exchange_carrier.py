"""The simulated carrier's engine behind the port of carriers, without HTTP between them; it can be away."""

from collections.abc import Callable

from services.cli.carrier.exchange.call import Call as CarriersCall
from services.cli.carrier.exchange.call import Listener
from services.cli.carrier.exchange.call_flow import Order
from services.cli.carrier.exchange.exchange import Exchange, Wanted
from services.cli.carrier.exchange.refusals import Refused as ExchangeRefused
from services.cli.carrier.exchange.script import Source
from services.cli.carrier.exchange.web import Address
from services.ingest.carriers.carrier import Call, CallInProgress, CallState, NewCall, Refused, Unavailable

CALL_IS_OVER = 21_220


class ExchangeCarrier:
    """The part of the port that calls need."""

    def __init__(self, is_away: Callable[[], bool] = lambda: False) -> None:
        self.exchange: Exchange | None = None
        self._is_away = is_away

    async def create_call(self, call: NewCall) -> Call:
        events = ("initiated", "ringing", "answered", "completed")
        source, listener = Source(Address(call.url)), Listener(Address(call.status_url), events)
        wanted = Wanted(call.to, call.from_, source, listener=listener, timeout_s=call.ring_s)
        try:
            return _call(self._reached().create_call(wanted))
        except ExchangeRefused as refused:
            raise Refused(refused.words, refused.code) from None

    async def redirect_call(self, call_id: str, url: str) -> None:
        self._update(call_id, Order(Source(Address(url))))

    async def hang_up(self, call_id: str) -> None:
        try:
            self._update(call_id, Order(None))
        except Refused as refused:
            if refused.code != CALL_IS_OVER:
                raise

    async def call(self, call_id: str) -> Call:
        found = self._reached().network.calls.get(call_id)
        if found is None:
            raise Refused("there is no such call", 20404)
        return _call(found)

    async def calls_to(self, from_: str, to: str, since_ms: int) -> list[Call]:
        calls = self._reached().network.calls.values()
        return [_call(call) for call in calls if (call.from_, call.to) == (from_, to) and call.created_ms >= since_ms]

    async def calls_put_through(self, call_id: str) -> list[Call]:
        calls = self._reached().network.calls.values()
        on = CallState.IN_PROGRESS
        return [_call(call) for call in calls if call.parent_sid == call_id and call.status.value == on]

    async def calls_in_progress(self) -> list[CallInProgress]:
        calls = self._reached().network.calls.values()
        return [CallInProgress(call.sid, call.to) for call in calls if call.status.value == CallState.IN_PROGRESS]

    def _update(self, call_id: str, order: Order) -> None:
        try:
            self._reached().update_call(call_id, order)
        except ExchangeRefused as refused:
            raise Refused(refused.words, refused.code) from None

    def _reached(self) -> Exchange:
        if self._is_away() or self.exchange is None:
            raise Unavailable("the carrier can't be reached")
        return self.exchange


def _call(call: CarriersCall) -> Call:
    return Call(call.sid, CallState(call.status.value))
