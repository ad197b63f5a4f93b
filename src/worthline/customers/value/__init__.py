"""What a customer is worth: models of purchases, of spend and of renewals."""
