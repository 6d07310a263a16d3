<?php
// What an application does through PDO, prepares emulated and native, and through mysqli.
// Run as: pdo_crud.php PORT USER PASSWORD

[, $port, $user, $password] = $argv;

function same($expected, $actual, string $what): void
{
    if ($expected !== $actual) {
        fwrite(STDERR, "$what: expected " . var_export($expected, true) . ", got " . var_export($actual, true) . "\n");
        exit(1);
    }
}

function fails(int $errno, callable $act, string $what): void
{
    try {
        $act();
    } catch (PDOException $error) {
        same($errno, $error->errorInfo[1], $what);
        return;
    } catch (mysqli_sql_exception $error) {
        same($errno, $error->getCode(), $what);
        return;
    }
    same("error $errno", 'none', $what);
}

foreach ([true, false] as $emulated) {
    $db = new PDO("mysql:host=127.0.0.1;port=$port;dbname=shop;charset=utf8mb4", $user, $password, [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_EMULATE_PREPARES => $emulated,
        PDO::ATTR_STRINGIFY_FETCHES => false,
    ]);
    $how = $emulated ? 'emulated' : 'native';
    $db->exec('DROP TABLE IF EXISTS php_people');
    $db->exec('CREATE TABLE php_people (id INT NOT NULL PRIMARY KEY, name VARCHAR(40), paid DECIMAL(20,4), born DATE, raw BLOB, n BIGINT)');
    $insert = $db->prepare('INSERT INTO php_people VALUES (?, ?, ?, ?, ?, ?)');
    $name = "Zoë 😀 O'Hara \\ \"q\"";
    $insert->execute([1, $name, '-1234567890.1234', '1999-12-31', "\x00\x01\xff'", PHP_INT_MAX]);
    same(1, $insert->rowCount(), "$how insert");
    for ($id = 2; $id <= 50; $id++) {
        $insert->execute([$id, "n$id", null, null, null, -$id]);
    }
    $select = $db->prepare('SELECT id, name, paid, born, raw, n FROM php_people WHERE id = :id');
    $select->execute(['id' => 1]);
    $row = $select->fetch(PDO::FETCH_ASSOC);
    same(['id' => 1, 'name' => $name, 'paid' => '-1234567890.1234', 'born' => '1999-12-31', 'raw' => "\x00\x01\xff'", 'n' => PHP_INT_MAX], $row, "$how row");
    $select->execute(['id' => 2]);
    same(null, $select->fetch(PDO::FETCH_ASSOC)['paid'], "$how null");
    $select->closeCursor();
    $limited = $db->prepare('SELECT id FROM php_people ORDER BY id DESC LIMIT :count');
    $limited->bindValue('count', 3, PDO::PARAM_INT);
    $limited->execute();
    same([50, 49, 48], $limited->fetchAll(PDO::FETCH_COLUMN), "$how limit");
    same(50, (int) $db->query('SELECT COUNT(*) FROM php_people')->fetchColumn(), "$how count");
    same('-1274', (string) $db->query('SELECT SUM(n) FROM php_people WHERE id > 1')->fetchColumn(), "$how sum");
    same(10, $db->exec('DELETE FROM php_people WHERE id > 40'), "$how delete");
    same(2, $db->exec("UPDATE php_people SET name = 'two' WHERE id IN (2, 3)"), "$how update");
    same('int', ['LONG' => 'int'][$db->query('SELECT id FROM php_people WHERE id = 1')->getColumnMeta(0)['native_type']], "$how column type");
    fails(1062, fn() => $insert->execute([1, 'x', null, null, null, null]), "$how duplicate");
    fails(1146, fn() => $db->query('SELECT * FROM php_nothing'), "$how unknown table");
    fails(1064, fn() => $db->query('SELEC 1'), "$how syntax");
    $db->beginTransaction();
    $db->exec("UPDATE php_people SET name = 'gone' WHERE id = 5");
    $db->rollBack();
    same('n5', $db->query('SELECT name FROM php_people WHERE id = 5')->fetchColumn(), "$how rollback");
    $db->beginTransaction();
    $db->exec("UPDATE php_people SET name = 'kept' WHERE id = 5");
    $db->commit();
    same('kept', $db->query('SELECT name FROM php_people WHERE id = 5')->fetchColumn(), "$how commit");
    $db->exec('DROP TABLE php_people');
    unset($insert, $select, $limited, $db);
}

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$db = new mysqli('127.0.0.1', $user, $password, 'shop', (int) $port);
$db->set_charset('utf8mb4');
$db->query('CREATE TABLE php_people (id INT NOT NULL PRIMARY KEY, name VARCHAR(40))');
$insert = $db->prepare('INSERT INTO php_people VALUES (?, ?)');
foreach ([1 => 'a', 2 => 'é', 3 => '😀'] as $id => $name) {
    $insert->bind_param('is', $id, $name);
    $insert->execute();
    same(1, $insert->affected_rows, 'mysqli insert');
}
same([['id' => '1', 'name' => 'a'], ['id' => '2', 'name' => 'é'], ['id' => '3', 'name' => '😀']], $db->query('SELECT * FROM php_people ORDER BY id')->fetch_all(MYSQLI_ASSOC), 'mysqli rows');
$select = $db->prepare('SELECT name FROM php_people WHERE id = ?');
$id = 3;
$select->bind_param('i', $id);
$select->execute();
same('😀', $select->get_result()->fetch_row()[0], 'mysqli prepared');
fails(1062, fn() => $db->query("INSERT INTO php_people VALUES (1, 'b')"), 'mysqli duplicate');
$db->begin_transaction();
$db->query("DELETE FROM php_people WHERE id = 1");
$db->rollback();
same('3', $db->query('SELECT COUNT(*) FROM php_people')->fetch_row()[0], 'mysqli rollback');
same(true, $db->ping(), 'mysqli ping');
$db->query('DROP TABLE php_people');
$db->close();
echo "php: all well\n";
