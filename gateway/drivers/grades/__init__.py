"""What each driver is worth: found how, local or not, push, pairing, recovery, and who else has judged it."""

from gateway.drivers.grades.grade import Grade, Unit, grades

__all__ = ["Grade", "Unit", "grades"]
