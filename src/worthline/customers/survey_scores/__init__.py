"""How everyone feels: the score of those who answered, weighted for who answers, and predicted for all."""

from worthline.customers.survey_scores.analyse import analyse

__all__ = ["analyse"]
