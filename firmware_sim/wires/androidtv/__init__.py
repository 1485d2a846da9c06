"""Parts of the simulated Android TV: who it is, its messages, the enciphered door, how it is paired and how it is driven."""
