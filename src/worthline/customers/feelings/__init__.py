"""How everyone feels: the score of those who answered, weighted for who answers, and predicted for all."""

from worthline.customers.feelings.analyse import analyse

__all__ = ["analyse"]
