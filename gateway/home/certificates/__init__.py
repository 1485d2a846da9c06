"""What the certificates of the appliances are worth: the proof of their keys, and the judgement when somebody looks."""
