"""`python -m services.agents`: the agents service as a process of its own."""

from services.agents.app import build
from services.agents.settings import AgentsSettings
from services.shared.process import main

main("agents", AgentsSettings, build)
