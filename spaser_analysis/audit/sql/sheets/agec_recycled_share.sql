-- Of the declared spending, products with recycled content (law AGEC).
SELECT cell, cents, state FROM declared WHERE scheme = 'agec' AND part = 'recycled'
