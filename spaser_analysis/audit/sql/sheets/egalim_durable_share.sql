-- Of the food bought, durable and quality products (law EGalim).
SELECT cell, cents, state FROM declared WHERE scheme = 'egalim' AND part = 'durable'
