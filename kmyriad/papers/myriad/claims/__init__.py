"""Which of K-Myriad's claims our runs support: every verdict is computed, none is typed."""
