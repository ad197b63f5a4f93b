"""`python -m worthline` is the command line."""

from worthline.app.cli import main

if __name__ == "__main__":
    main()
