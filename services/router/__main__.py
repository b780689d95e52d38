"""`python -m services.router`: the router as a process of its own."""

from services.router.app import build
from services.router.settings import RouterSettings
from services.shared.process import main

main("router", RouterSettings, build)
