"""The checks, by subject: each module's checks are found by `table`."""
