"""Quality of signals: PESQ, STOI, SI-SDR and SNR, as pure functions."""
