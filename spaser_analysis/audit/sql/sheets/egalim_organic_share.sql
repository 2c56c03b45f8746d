-- Of the food bought, organic products (law EGalim).
SELECT cell, cents, state FROM declared WHERE scheme = 'egalim' AND part = 'organic'
