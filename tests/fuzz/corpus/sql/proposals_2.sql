merge into t using (select a, max(b) over (partition by c) from u where e is not true union all select a + 1, b from v) s on s.a = t.a and lower(t.b) = s.b when matched and t.e then delete
