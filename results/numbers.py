"""What the command line calls the tables and figures: the paper's numbers, and a name for what it does not have."""

INTERPRETABILITY = "interpretability"
TABLES = ("1", "2", "3", "4", "5", "6", "7", INTERPRETABILITY)
#: Tables of methods, which have bars and learning curves.
CHARTS = ("3", "4", "5", "6")
FIGURES = (*CHARTS, INTERPRETABILITY)
