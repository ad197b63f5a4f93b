"""Churn: the probability, the reasons, the margin at risk; and how far each can be believed."""

from worthline.customers.risk.analyse import analyse

__all__ = ["analyse"]
