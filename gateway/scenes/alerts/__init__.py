"""Alerts: what a scene has to tell people, until somebody has acknowledged it; told again, escalated, and never lost.

A step says it (`notice`), `alert` is one of them with its life, `alerts` keeps them and tells them when they are due, `outlets` are
the ways out of the hub: a command of the owner's, or a webhook. Nothing of it needs the internet.
"""
