"""A mapping for a folder never seen: proposed with reasons, certain or asked, never silently guessed."""

from worthline.ingest.propose.folder import propose
from worthline.ingest.propose.look import look
from worthline.ingest.propose.plan import Answers, Plan, Proposal, Question
from worthline.ingest.propose.toml import write

__all__ = ["Answers", "Plan", "Proposal", "Question", "look", "propose", "write"]
