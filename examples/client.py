"""A client of the demo (`make demo`): nothing here knows that there is more than one MySQL."""

import pymysql

db = pymysql.connect(
    host="127.0.0.1", port=3307, user="app", password="secret", database="finance", charset="utf8mb4"
)

with db.cursor() as cursor:
    # One user's loans: the shard key sends this to one physical table of each.
    cursor.execute(
        "SELECT l.loan_id, m.name, l.principal, l.months "
        "FROM loans l JOIN merchants m ON m.merchant_id = l.merchant_id "
        "WHERE l.user_id = %s ORDER BY l.loan_id",
        (4321,),
    )
    for loan_id, merchant, principal, months in cursor:
        print(f"{loan_id}  {merchant:<20} {principal:>12}  {months:>2} months")

    # A repayment: both rows belong to one user, so both are on one instance, and this is one local transaction.
    db.begin()
    cursor.execute(
        "INSERT INTO repayments (user_id, loan_id, seq_no, amount, paid_at, channel) "
        "VALUES (%s, %s, %s, %s, NOW(), %s)",
        (4321, 43211, 1, "0.01", "wallet"),
    )
    print("repayment", cursor.lastrowid)  # unique over all physical tables
    cursor.execute(
        "UPDATE instalments SET paid = paid + %s WHERE user_id = %s AND loan_id = %s AND seq_no = %s",
        ("0.01", 4321, 43211, 1),
    )
    db.rollback()

    # What cannot be done exactly is refused with a number of its own (docs/errors.md).
    try:
        cursor.execute("DELETE FROM repayments")
    except pymysql.MySQLError as refused:
        print(*refused.args)

db.close()
