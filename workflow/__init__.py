"""The job graph behind ``reproduce.sh``: what a target needs (plan),
how jobs run (Snakefile, pipeline) and look (screen).
"""
