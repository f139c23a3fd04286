"""``python -m simworth``: the command line."""

from simworth.cli.app import main

if __name__ == "__main__":
    main()
