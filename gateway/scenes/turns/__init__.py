"""One device after the other, dearest first, under what the line bears; and the dearest kept on while the mains are weak."""
