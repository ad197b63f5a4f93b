"""Other names under which people look for a page or figure.

Reads     nothing.
Gives     `SYNONYMS`: a lower-case name to the figures, tables or paths of pages it may mean, the first that a run has.
"""

from __future__ import annotations

SYNONYMS: dict[str, tuple[str, ...]] = {
    "clv": ("customer_equity", "/customers"),
    "ltv": ("customer_equity", "/customers"),
    "cltv": ("customer_equity", "/customers"),
    "lifetime value": ("customer_equity", "/customers"),
    "customer lifetime value": ("customer_equity", "/customers"),
    "nrr": ("net_revenue_retention",),
    "grr": ("gross_revenue_retention",),
    "mrr": ("mrr",),
    "churn": ("/customers", "retention_12m"),
    "churn rate": ("retention_12m",),
    "churn risk": ("/customers",),
    "at risk": ("/customers",),
    "comments": ("source.feedback",),
    "verbatims": ("source.feedback",),
    "surveys": ("source.feedback",),
    "roi": ("proven_return", "/initiatives"),
    "experiments": ("/initiatives",),
    "a/b tests": ("/initiatives",),
    "detractors": ("nps",),
    "promoters": ("nps",),
    "satisfaction": ("csat",),
    "backtest": ("/calibration",),
    "data quality": ("/health",),
}
