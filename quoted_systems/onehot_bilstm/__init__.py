"""A bi-LSTM on one-hot vectors and region embeddings that are learnt without labels (Johnson and Zhang 2016:
"oh-2LSTMp").
"""
