"""Scores: of respondents, weighted for non-response, and predicted for all customers."""

from worthline.customers.survey_scores.analyse import analyse

__all__ = ["analyse"]
