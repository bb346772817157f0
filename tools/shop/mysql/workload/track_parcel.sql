SELECT carrier, shipped_at FROM shipments WHERE tracking = 'TRK000{uniform 100000 150000}'
