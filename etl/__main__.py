"""`python -m etl`."""

if __name__ == "__main__":  # worker processes import this module too, and need nothing of it
    from etl.cli import main

    main()
