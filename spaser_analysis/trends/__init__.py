"""What the figures say of later ones: contracts not yet published, the way to an objective, renewals, projections."""
