"""python -m kmyriad is the command `kmyriad`."""

from kmyriad.cli import main

if __name__ == "__main__":
    main()
