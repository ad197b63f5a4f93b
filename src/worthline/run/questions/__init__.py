"""What pages ask a published run that takes computing: answers as frozen records, so that reports only draw."""
