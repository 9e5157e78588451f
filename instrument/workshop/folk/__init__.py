"""Training of the folk-tune network: tune books, split, recipes, trainer."""
