"""An object store in memory: can be away, can break after so many writes, and can be damaged."""

from collections.abc import Callable

from services.shared.object_store import ObjectStoreUnavailable, checked


class MemoryObjectStore:
    def __init__(self, fails: Callable[[], bool] = lambda: False) -> None:
        """`fails` is asked at each call."""
        self._fails = fails
        self.objects: dict[str, bytes] = {}
        self.is_away = False
        # How many puts and deletes there may still be; then it is away for good.
        self.changes_left: int | None = None

    async def put(self, name: str, content: bytes) -> None:
        self._change(name)
        self.objects[name] = content

    async def get(self, name: str) -> bytes | None:
        self._check()
        return self.objects.get(checked(name))

    async def names(self, folder: str) -> list[str]:
        self._check()
        within = checked(folder) + "/"
        return sorted(name for name in self.objects if name.startswith(within))

    async def delete(self, name: str) -> None:
        self._change(name)
        self.objects.pop(name, None)

    def _change(self, name: str) -> None:
        checked(name)
        if self.changes_left is not None:
            if self.changes_left == 0:
                self.is_away = True
            self.changes_left -= 1
        self._check()

    def _check(self) -> None:
        if self.is_away or self._fails():
            raise ObjectStoreUnavailable("away")
