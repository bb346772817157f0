use shop
// open orders
db.orders.find({status: 'open', "ship.country": {$in: ["DE", `AT`]}, total: {$gte: 10.5, $lt: 0x20},
  at: {$gt: ISODate("2026-10-01")}, note: /^a\/b/i, closed: null, x: {$not: {$exists: true}},}, {_id: 0, total: 1})
  .sort({at: -1}).limit(20).skip(5).hint("status_1_at_-1").collation({locale: "de"});
db.orders.find({$or: [{a: 1}, {b: {$elemMatch: {x: 1, y: {$gt: 2}}}}], $expr: {$gt: ["$a", 5]}, t: {$all: [1, 2]}, "l.0": ?})
