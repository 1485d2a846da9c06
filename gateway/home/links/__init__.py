"""What hangs on what in this home: a plug feeds an appliance, a remote controls it, a charger charges it."""
