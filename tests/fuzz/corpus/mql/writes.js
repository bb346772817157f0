db.a.updateMany({x: 1}, {$set: {"l.$[e].n": 1}, $push: {t: {$each: [1], $slice: -5}}}, {arrayFilters: [{e: {$gt: 3}}], upsert: true})
db.a.bulkWrite([{updateOne: {filter: {a: 1}, update: [{$set: {b: "$a"}}]}}, {replaceOne: {filter: {a: 2}, replacement: {b: 1}}}], {ordered: false})
db.a.insertMany([{_id: ObjectId("65f0c0ffee0000000000abcd"), d: Double(3), n: NumberDecimal("9.99"), u: UUID("3b241101-e2bb-4255-8caf-4136c566a962"), t: Timestamp(1, 2), b: BinData(0, "aGk="), m: MinKey, c: Code("x"), s: BSONSymbol("y"), r: BSONRegExp("a/b", "x"), i: -Infinity, z: -0, late: new Date(24 * 60 * 60)}])
db.a.findOneAndUpdate({a: 1}, {$inc: {n: 1}}, {returnDocument: "after", sort: {b: 1}}); db.a.deleteOne({a: 1}); db.a.createIndex({a: 1, b: -1}, {unique: true})
