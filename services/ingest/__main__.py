"""`python -m services.ingest`: ingest as a process of its own."""

from services.ingest.app import build
from services.ingest.settings import IngestSettings
from services.shared.process import main

main("ingest", IngestSettings, build)
