"""What a run found, shown: in the terminal, as one HTML page, as JUnit XML and JSON lines, and in the shapes laboratories ask for."""
