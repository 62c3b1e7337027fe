"""``python -m parsonage`` is the command ``parsonage``."""

from parsonage.cli.main import main

if __name__ == "__main__":
    main()
