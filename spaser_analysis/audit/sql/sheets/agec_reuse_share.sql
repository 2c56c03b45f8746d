-- Of the declared spending, products that come from reuse (law AGEC).
SELECT cell, cents, state FROM declared WHERE scheme = 'agec' AND part = 'reuse'
