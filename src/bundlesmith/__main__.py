"""`python -m bundlesmith …`, for launchers that start modules: `accelerate launch … -m bundlesmith finetune …`."""

from bundlesmith.cli import main

if __name__ == "__main__":
    main()
