"""The arithmetic that the language model and the classifiers share:
packed sequences, the LSTM, embeddings, random numbers.
"""
