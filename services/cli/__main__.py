"""`python -m services.cli` is `switchroom`."""

from services.cli.app import main

main()
