"""What a customer is worth: models of purchases, of spend and of renewals, chosen by back-test."""

from worthline.customers.value.analyse import analyse

__all__ = ["analyse"]
