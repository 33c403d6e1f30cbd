"""Vectors of whole documents, and a small network on them (Le and Mikolov 2014: "Paragraph Vectors")."""
