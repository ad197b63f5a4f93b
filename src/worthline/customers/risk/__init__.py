"""Who will leave: the chance, the reasons, the margin at risk; and how far each can be believed."""

from worthline.customers.risk.analyse import analyse

__all__ = ["analyse"]
