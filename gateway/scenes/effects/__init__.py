"""What a scene is for: measured after its run on what devices show, with the curve, and told in the report.

A document says it (`aim`), the plan makes it concrete for this home (`target`), a run's measuring watches the change stream until it is
over (`measuring`) and judges (`verdict`); `effects` keeps all of them going, also across a restart.
"""
