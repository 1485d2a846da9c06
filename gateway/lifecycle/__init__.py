"""What happens to a home as a whole: it gets another owner, it begins anew."""
