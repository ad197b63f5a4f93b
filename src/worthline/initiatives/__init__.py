"""What was done for customers and what it returned: experiments, roll-outs, claims; whom to contact next."""

from worthline.initiatives.analyse import analyse
from worthline.initiatives.proof_plans import plans as prove
from worthline.initiatives.worklist import analyse as plan
from worthline.initiatives.worklist.control import default_key

__all__ = ["analyse", "default_key", "plan", "prove"]
