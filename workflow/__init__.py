"""The job graph behind ``reproduce.sh``: what a target needs (plan), how its jobs run (Snakefile), what the user sees (screen)."""
