"""What several corpora are read with, one form of text in each module; and the longer readers of a single corpus."""
