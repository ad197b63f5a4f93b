"""What was done for customers and what it returned: experiments, roll-outs, claims; whom to contact next."""

from worthline.initiatives.analyse import analyse
from worthline.initiatives.worklist import analyse as plan

__all__ = ["analyse", "plan"]
