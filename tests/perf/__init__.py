"""`make perf`: what is fast is measured here, against what a user would otherwise run, in turns. Prints, asserts nothing."""
