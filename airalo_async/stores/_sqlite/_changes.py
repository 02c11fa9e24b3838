"""What commits changed, as far as others have to be told."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Changes"]


@frozen
class Changes:
    """What a commit, or several, changed; ``references`` is None when it cannot be told any more."""

    references: tuple[str, ...] | None = ()
    arrived: bool = False

    def __bool__(self) -> bool:
        return self.references is None or bool(self.references) or self.arrived

    def __or__(self, other: Changes) -> Changes:
        arrived = self.arrived or other.arrived
        if self.references is None or other.references is None:
            return Changes(None, arrived)
        return Changes((*self.references, *other.references), arrived)
