-- A double-entry ledger as one would write it in PostgreSQL: one function call posts a transaction
-- under a unique key, with two entries and both balances.

create table account (
  id integer primary key,
  debits bigint not null default 0,
  credits bigint not null default 0
) with (fillfactor = 50); -- so that balances are updated in place

create table transaction (
  id bigint generated always as identity primary key,
  key text not null unique,
  posted_at timestamptz not null default now()
);

create table entry (
  transaction_id bigint not null,
  account_id integer not null,
  amount bigint not null, -- a debit is positive
  balance bigint not null, -- of the account, after it
  primary key (account_id, transaction_id)
);

-- The transaction's id; that of the first one when the key was used before. Accounts are updated in
-- the order of their ids, so that no two transactions wait for each other.
create function post(new_key text, debit integer, credit integer, value bigint) returns bigint
language plpgsql as $$
declare
  new_id bigint;
  debit_balance bigint;
  credit_balance bigint;
begin
  insert into transaction (key) values (new_key) on conflict (key) do nothing
    returning id into new_id;
  if new_id is null then
    select id into new_id from transaction where key = new_key;
    return new_id;
  end if;
  if debit < credit then
    update account set debits = debits + value where id = debit
      returning debits - credits into debit_balance;
  end if;
  update account set credits = credits + value where id = credit
    returning debits - credits into credit_balance;
  if debit > credit then
    update account set debits = debits + value where id = debit
      returning debits - credits into debit_balance;
  end if;
  insert into entry values (new_id, debit, value, debit_balance),
                           (new_id, credit, -value, credit_balance);
  return new_id;
end
$$;

insert into account (id) select generate_series(0, :accounts - 1);
vacuum analyze account;
