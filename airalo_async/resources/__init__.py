"""What a session offers, by area; and ``Listing``, which every ``list`` returns."""

from airalo_async.resources._listing import Listing

__all__ = ["Listing"]
