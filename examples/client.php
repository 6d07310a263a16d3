<?php
// A client of the demo (`make demo`): nothing here knows that there is more than one MySQL.
declare(strict_types=1);

$db = new PDO('mysql:host=127.0.0.1;port=3307;dbname=finance;charset=utf8mb4', 'app', 'secret', [
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
    PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
    PDO::ATTR_EMULATE_PREPARES => false, // prepared by the server; true works as well
]);

// One user's loans: the shard key sends this to one physical table of each.
$loans = $db->prepare(
    'SELECT l.loan_id, m.name AS merchant, l.principal, l.months
     FROM loans l JOIN merchants m ON m.merchant_id = l.merchant_id
     WHERE l.user_id = ? ORDER BY l.loan_id'
);
$loans->execute([4321]);
foreach ($loans as $loan) {
    printf("%s  %-20s %12s  %2d months\n", ...array_values($loan));
}

// A repayment: both rows belong to one user, so both are on one instance, and this is one local transaction.
$db->beginTransaction();
$db->prepare('INSERT INTO repayments (user_id, loan_id, seq_no, amount, paid_at, channel) VALUES (?, ?, ?, ?, NOW(), ?)')
    ->execute([4321, 43211, 1, '0.01', 'wallet']);
echo 'repayment ', $db->lastInsertId(), "\n"; // unique over all physical tables
$db->prepare('UPDATE instalments SET paid = paid + ? WHERE user_id = ? AND loan_id = ? AND seq_no = ?')
    ->execute(['0.01', 4321, 43211, 1]);
$db->rollBack();

// What cannot be done exactly is refused with a number of its own (docs/errors.md).
try {
    $db->exec('DELETE FROM repayments');
} catch (PDOException $refused) {
    echo $refused->getMessage(), "\n";
}
