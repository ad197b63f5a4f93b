"""Whom to contact, why it pays, and who is kept aside: the worklist and its control group."""

from worthline.initiatives.worklist.analyse import analyse

__all__ = ["analyse"]
