#!/usr/bin/env python3
"""make_tables.py SCALE FOLDER: the TPC-H tables as tab-separated files, the same in every run.

Written from the benchmark's description (sizes, domains, which columns hang together), not with its dbgen: the
values differ from dbgen's, their distributions are alike.
"""
import datetime
import random
import sys

NATIONS = [("ALGERIA", 0), ("ARGENTINA", 1), ("BRAZIL", 1), ("CANADA", 1), ("EGYPT", 4), ("ETHIOPIA", 0),
           ("FRANCE", 3), ("GERMANY", 3), ("INDIA", 2), ("INDONESIA", 2), ("IRAN", 4), ("IRAQ", 4), ("JAPAN", 2),
           ("JORDAN", 4), ("KENYA", 0), ("MOROCCO", 0), ("MOZAMBIQUE", 0), ("PERU", 1), ("CHINA", 2),
           ("ROMANIA", 3), ("SAUDI ARABIA", 4), ("VIETNAM", 2), ("RUSSIA", 3), ("UNITED KINGDOM", 3),
           ("UNITED STATES", 1)]
REGIONS = ["AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"]
SEGMENTS = ["AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD"]
PRIORITIES = ["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"]
INSTRUCTIONS = ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"]
MODES = ["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"]
SIZES = ["SM", "LG", "MED", "JUMBO", "WRAP"]
BOXES = ["CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM"]
KINDS = (["STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"],
         ["ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"],
         ["TIN", "NICKEL", "BRASS", "STEEL", "COPPER"])
COLOURS = ("almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood chartreuse chiffon "
           "chocolate coral cornflower cream cyan dark deep dim dodger drab firebrick floral forest frosted gainsboro "
           "ghost goldenrod green grey honeydew hot indian ivory khaki lace lavender lawn lemon light lime linen "
           "magenta maroon medium metallic midnight mint misty moccasin navajo navy olive orange orchid pale papaya "
           "peach peru pink plum powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky slate "
           "smoke snow spring steel tan thistle tomato turquoise violet wheat white yellow").split()
WORDS = ("the slyly furiously carefully quickly blithely final special pending regular express bold even ironic "
         "accounts deposits packages requests theodolites pinto beans instructions foxes asymptotes dependencies "
         "platelets ideas sleep haggle nag wake cajole detect integrate use boost among above across along").split()
FIRST_DAY = datetime.date(1992, 1, 1)
DAYS = [(FIRST_DAY + datetime.timedelta(days=n)).isoformat() for n in range(2560)]
LAST_ORDER = (datetime.date(1998, 8, 2) - FIRST_DAY).days
TODAY = (datetime.date(1995, 6, 17) - FIRST_DAY).days

rng = random.Random(1)


def words(low, high):
    return " ".join(rng.choices(WORDS, k=rng.randint(low, high)))


def phone(nation):
    return f"{nation + 10}-{rng.randint(100, 999)}-{rng.randint(100, 999)}-{rng.randint(1000, 9999)}"


def address():
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,", k=rng.randint(10, 40)))


def price_of(part):
    return (90000 + (part // 10) % 20001 + 100 * (part % 1000)) / 100


def supplier_of(part, number, suppliers):
    return (part + number * (suppliers // 4 + (part - 1) // suppliers)) % suppliers + 1


def small_tables(suppliers):
    yield "region", ([n, name, words(5, 12)] for n, name in enumerate(REGIONS))
    yield "nation", ([n, name, region, words(5, 12)] for n, (name, region) in enumerate(NATIONS))

    def supplier(key):
        nation = rng.randrange(25)
        comment = words(6, 10)
        if rng.random() < 0.003:
            comment = "Customer " + words(1, 2) + " Complaints"
        return [key, f"Supplier#{key:09}", address(), nation, phone(nation), rng.randint(-99999, 999999) / 100, comment]

    yield "supplier", (supplier(key) for key in range(1, suppliers + 1))


def customer(key):
    nation = rng.randrange(25)
    return [key, f"Customer#{key:09}", address(), nation, phone(nation), rng.randint(-99999, 999999) / 100,
            rng.choice(SEGMENTS), words(6, 12)]


def part(key):
    maker = rng.randint(1, 5)
    return [key, " ".join(rng.sample(COLOURS, 5)), f"Manufacturer#{maker}", f"Brand#{maker}{rng.randint(1, 5)}",
            " ".join(rng.choice(kind) for kind in KINDS), rng.randint(1, 50),
            rng.choice(SIZES) + " " + rng.choice(BOXES), price_of(key), words(1, 3)]


def partsupp(parts, suppliers):
    for key in range(1, parts + 1):
        for number in range(4):
            yield [key, supplier_of(key, number, suppliers), rng.randint(1, 9999), rng.randint(100, 100000) / 100,
                   words(10, 22)]


def order(number, counts, items):
    key = (number >> 3 << 5) | (number & 7)  # 8 of each 32 keys are used
    buyer = rng.randint(1, counts["customer"])
    if buyer % 3 == 0:  # a third of the customers never orders
        buyer = buyer - 1 if buyer > 1 else 1
    day = rng.randrange(LAST_ORDER - 151)
    total, states = 0.0, set()
    for line in range(1, rng.randint(1, 7) + 1):
        piece = rng.randint(1, counts["part"])
        quantity = rng.randint(1, 50)
        price, discount, tax = quantity * price_of(piece), rng.randint(0, 10) / 100, rng.randint(0, 8) / 100
        ship = day + rng.randint(1, 121)
        receipt = ship + rng.randint(1, 30)
        state = "O" if ship > TODAY else "F"
        flag = "N" if receipt > TODAY else rng.choice("RA")
        states.add(state)
        total += price * (1 + tax) * (1 - discount)
        items.write("\t".join(map(str, [
            key, piece, supplier_of(piece, rng.randrange(4), counts["supplier"]), line, quantity, f"{price:.2f}", discount,
            tax, flag, state, DAYS[ship], DAYS[day + rng.randint(30, 90)], DAYS[receipt], rng.choice(INSTRUCTIONS),
            rng.choice(MODES), words(2, 5)])) + "\n")
    comment = words(5, 9)
    if rng.random() < 0.01:
        comment = "special " + words(1, 1) + " requests"
    return [key, buyer, states.pop() if len(states) == 1 else "P", f"{total:.2f}", DAYS[day], rng.choice(PRIORITIES),
            f"Clerk#{rng.randint(1, max(1, counts['order'] // 1500)):09}", 0, comment]


def main():
    scale, folder = float(sys.argv[1]), sys.argv[2]
    counts = {"supplier": int(10000 * scale), "customer": int(150000 * scale), "part": int(200000 * scale),
              "order": int(1500000 * scale)}

    def write(name, rows):
        with open(f"{folder}/{name}.tsv", "w", encoding="utf-8") as out:
            for row in rows:
                out.write("\t".join(map(str, row)) + "\n")

    for name, rows in small_tables(counts["supplier"]):
        write(name, rows)
    write("customer", (customer(key) for key in range(1, counts["customer"] + 1)))
    write("part", (part(key) for key in range(1, counts["part"] + 1)))
    write("partsupp", partsupp(counts["part"], counts["supplier"]))
    with open(f"{folder}/lineitem.tsv", "w", encoding="utf-8") as items:
        write("orders", (order(number, counts, items) for number in range(1, counts["order"] + 1)))


main()
