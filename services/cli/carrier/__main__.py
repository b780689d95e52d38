"""`python -m services.cli.carrier`: the simulated carrier as a process of its own."""

from services.cli.carrier.app import build
from services.cli.carrier.settings import CarrierSettings
from services.shared.process import main_alone

main_alone("carrier", CarrierSettings, build)
