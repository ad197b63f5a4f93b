"""What is counted: one registry of soft and hard metrics, and every value of them."""
