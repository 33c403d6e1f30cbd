"""A bi-LSTM on words as one-hot vectors and on region embeddings learnt without labels (Johnson and Zhang 2016: "oh-2LSTMp")."""
