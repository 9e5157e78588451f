"""Four voices as the chorale experts see them: which experts there are, and what each speaks of."""
