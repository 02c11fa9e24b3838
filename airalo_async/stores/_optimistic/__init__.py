"""Stores on a server: many units of work in one conversation, checked when they are committed.

Theory of operation. A round trip to a server costs more than all the rest of a unit of work, and so does a commit to
its disk. So units of work that come at about the same time make up a batch, and a batch goes in lockstep: each unit
runs until it asks for a row; what all of them ask for is read at once; each runs on. What they write is kept until all
have ended, and is then committed in one go.

While a unit runs nothing is locked. It takes down what it has seen (``_changes.Changes.seen``), and the commit first
makes sure, under the locks of the engine, that all of this is still so; a unit that saw what is no longer so is run
again. Two units of one batch that would disturb each other are never committed together. So one unit of work behaves
as if it were alone, whoever else is at work, and an engine needs to be able to do two things only: read many rows, and
check and write many rows at once.
"""

from __future__ import annotations
