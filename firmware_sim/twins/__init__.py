"""Bad twins: appliances with one small, named defect each, of the kind vendors really ship.

A judge that finds nothing wrong with one of them is no judge. `hulian-sim KIND --twin NAME` runs one, `--list-twins` shows all. Nothing
of the healthy appliance knows of them: a twin is a unit some of whose own methods were replaced when it was built.
"""
