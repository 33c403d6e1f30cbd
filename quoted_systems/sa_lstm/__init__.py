"""An LSTM that begins as a sequence autoencoder (Dai and Le 2015: "SA-LSTM")."""
