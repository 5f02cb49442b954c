"""What the lab's database holds: cases that were all made up, and the tables that load is put on."""

import datetime

COUNT = 200

COURTS = ("Falls Church", "Harbor City", "Northfield", "Lakeside")
STATUSES = ("pending", "hearing set", "decision reserved", "appeal open", "closed")
FIRST_HEARING = datetime.date(2030, 1, 7)

TABLES = """
create table cases (number text primary key, title text not null, status text not null, hearing date);
create table filings (id bigint primary key, at timestamptz not null);
create table probe (id bigint generated always as identity, host text not null, at timestamptz not null, timeline int not null);
grant select on cases to court;
grant select, insert on filings, probe to court;
"""


def number(index: int) -> str:
    """Return the number of the case at *index*, of a form that no real case has."""
    return f"LAB-{index:06d}"


def numbers() -> tuple[str, ...]:
    """Return the numbers of all cases."""
    return tuple(number(index) for index in range(COUNT))


def rows() -> str:
    """Return the SQL that fills the table of cases."""
    values = ", ".join(
        f"('{number(index)}', 'Invented case {index} before the court at {COURTS[index % len(COURTS)]}', "
        f"'{STATUSES[index % len(STATUSES)]}', '{FIRST_HEARING + datetime.timedelta(days=index)}')"
        for index in range(COUNT)
    )
    return f"insert into cases (number, title, status, hearing) values {values};"
