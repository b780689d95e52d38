"""What Python's collector of cycles has to look at: not at the state, which it would look through again and again.

Records, tables and events are in no cycles: what is not used any more goes by its count of references. The collector
would visit all of a million contacts to find nothing, and nothing is decided meanwhile.
"""

import gc

# Between two looks at what is new: objects made and not gone again. Python's own is 700.
MADE = 20_000
LOOKS_AT_NEWER, LOOKS_AT_OLDER = 20, 50


def spare_what_is_there() -> None:
    """From now on the collector looks at nothing that is there now, and less often at what comes."""
    gc.collect(1)
    gc.freeze()
    gc.set_threshold(MADE, LOOKS_AT_NEWER, LOOKS_AT_OLDER)
