db.getCollection("orders").aggregate([{$match: {a: ?}}, {$lookup: {from: "b", let: {i: "$x"}, pipeline: [{$match: {$expr: {$eq: ["$k", "$$i"]}}}], as: "l"}},
 {$unwind: "$l"}, {$group: {_id: {p: "$a", q: {$year: "$at"}}, n: {$sum: 1}}}, {$sort: {n: NumberLong(-1)}}, {$limit: 5}, {$merge: {into: "c"}}], {allowDiskUse: true})
db.a.aggregate([{$geoNear: {near: [1, 2], key: "p", distanceField: "d"}}, {$facet: {x: [{$count: "n"}], y: [{$sortByCount: "$t"}]}}, {$unionWith: "b"}, {$graphLookup: {from: "a", startWith: "$b", connectFromField: "b", connectToField: "c", as: "u"}}])
