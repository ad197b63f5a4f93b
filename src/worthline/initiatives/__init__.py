"""What was done for customers, and what it returned: experiments, roll-outs, claims, and the verdict."""

from worthline.initiatives.analyse import analyse

__all__ = ["analyse"]
