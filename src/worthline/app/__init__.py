"""What people call: the command line (later the web page and what people write)."""
