"""The product's version, the one place that says it; ``reproduce.sh`` reads this file too, without Python."""

__version__ = "0.9.0"
