"""Who calls, as people write it in the plan file: what entry points ask for, and what a customer is worth."""

from typing import Annotated

from pydantic import AfterValidator, Field

from services.plan.fields import Caller, Country, Domain, Id, OneOrMany, Part, Prefix, refuse


class CallerPart(Part):
    """A caller of any of these."""

    exact: OneOrMany[Caller] = ()
    """Numbers and mail addresses. Private: only keyed hashes of them leave the file."""
    prefix: OneOrMany[Prefix] = ()
    """Beginnings of numbers, up to 9 digits: "+4989"."""
    country: OneOrMany[Country] = ()
    """Countries of numbers, in two letters of ISO 3166: de, in, ph."""
    domain: OneOrMany[Domain] = ()
    """What follows the @ of a mail address; not its subdomains."""
    list: OneOrMany[Id] = ()
    """Names of caller_lists."""


def _asks_something(caller: CallerPart) -> CallerPart:
    if not caller.model_fields_set:
        refuse("asks for nobody", "name exact, prefix, country, domain or list, or take caller out")
    return caller


AskedCaller = Annotated[CallerPart, AfterValidator(_asks_something)]


class CustomerValuePart(Part):
    """What customers of a class are worth. Of several that fit, the highest counts."""

    caller: AskedCaller
    """Who they are."""
    value: int = Field(ge=0, le=100)
    """Points, 0 to 100; what a point counts for stands in urgency.value_s."""
