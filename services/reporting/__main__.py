"""`python -m services.reporting`: reporting as a process of its own."""

from services.reporting.app import build
from services.reporting.settings import ReportingSettings
from services.shared.process import main

main("reporting", ReportingSettings, build)
