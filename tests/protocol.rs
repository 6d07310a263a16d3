//! Commands as few clients send them, and what one server answers.

use mysql_common::constants::CapabilityFlags;
use mysql_common::io::ParseBuf;
use mysql_common::packets::HandshakePacket;
use mysql_common::proto::MyDeserialize;
use weir::wire::ColumnDefinition41;

use crate::raw::{RawClient, error_in};
use crate::servers::{Brand, Fleet, Server};
use crate::transactions::on_both;
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

const LATIN1: u16 = 8;
const UTF8MB4: u16 = 45;
/// The longest payload of one frame.
const FULL: usize = 0xff_ffff;

on_both! {
    clients_are_greeted_as_by_a_server: greetings;
    statements_in_several_packets_are_answered_however_often_they_come: long_statements;
    texts_without_a_statement_are_answered_as_by_a_server: empty_texts;
    a_transaction_that_only_reads_is_told_in_every_answer: read_only_status;
    a_statement_is_gone_with_its_session: gone_statements;
    listed_fields_have_their_defaults: listed_fields;
    a_parameter_is_null_by_the_bitmap_only: null_parameters;
    letters_beyond_ascii_keep_to_their_charset: charsets;
}

async fn weir(brand: Brand, prefix: &str) -> Option<Weir> {
    let instances: Vec<&Server> = match Fleet::shared(brand) {
        Ok(fleet) => fleet.instances.iter().take(2).collect(),
        Err(why) => {
            println!("SKIPPED the protocol on {brand:?}: {why}");
            return None;
        }
    };
    create_shards(prefix, &instances).await;
    Some(
        Setup::over(instances)
            .rules("shop", rules_over_eight("shop", prefix, 2, "  t: { dbpartition: hash(id) }\n"))
            .start(),
    )
}

/// The rows that follow a column count, up to EOF.
async fn rows(client: &mut RawClient, columns: Option<Vec<u8>>) -> Vec<Vec<u8>> {
    let columns = columns.unwrap();
    assert!(columns.len() == 1, "{:?}", error_in(&columns));
    for _ in 0..columns[0] + 1 {
        client.read().await.unwrap();
    }
    let mut rows = Vec::new();
    loop {
        let packet = client.read().await.unwrap();
        assert_eq!(error_in(&packet), None);
        if packet[0] == 0xfe {
            return rows;
        }
        rows.push(packet);
    }
}

/// Drivers choose what to ask for by the version, and how to log in by the plugin.
async fn greetings(brand: Brand) {
    let Some(weir) = weir(brand, "greeted").await else { return };
    let plain = &Fleet::shared(brand).unwrap().plain;
    // Weir knows its servers once it has talked to one.
    let mut client = RawClient::log_in(weir.port, "shop").await;
    let columns = client.command(b"\x03SELECT id FROM t").await;
    assert!(columns.is_some());
    let mut greetings = Vec::new();
    for port in [plain.port, weir.port] {
        let greeting = RawClient::connect(port).await.read().await.unwrap();
        let packet = HandshakePacket::deserialize((), &mut ParseBuf(&greeting)).unwrap();
        greetings.push((packet.server_version_str().into_owned(), format!("{:?}", packet.auth_plugin())));
    }
    assert_eq!(greetings[0], greetings[1]);
}

/// The answer's frames are numbered behind those of the statement, also where its head is known already.
async fn long_statements(brand: Brand) {
    let Some(weir) = weir(brand, "long_text").await else { return };
    let mut client = RawClient::log_in(weir.port, "shop").await;
    for _ in 0..2 {
        let columns = client.command(b"\x03SELECT 1 /**/").await;
        assert_eq!(rows(&mut client, columns).await, [b"\x011"]);
        for length in [FULL - 1, FULL, FULL] {
            let mut payload = b"\x03SELECT 1 /*".to_vec();
            payload.resize(length - 2, b'x');
            payload.extend_from_slice(b"*/");
            client.sequence = 0;
            client.write(&payload).await;
            if length == FULL {
                client.write(b"").await;
            }
            let columns = client.read().await;
            assert_eq!(rows(&mut client, columns).await, [b"\x011"], "{length}");
        }
    }
}

async fn empty_texts(brand: Brand) {
    let Some(weir) = weir(brand, "empty_text").await else { return };
    let mut client = RawClient::log_in(weir.port, "shop").await;
    for comment in ["/* a */", "-- a", "# a", " /* a */ ;; "] {
        let answer = client.command(format!("\x03{comment}").as_bytes()).await.unwrap();
        assert_eq!(answer[0], 0, "{comment}: {:?}", error_in(&answer));
        let answer = client.command(format!("\x16{comment}").as_bytes()).await.unwrap();
        let expected = (brand == Brand::MySql).then_some(1295);
        assert_eq!(error_in(&answer).map(|(number, _)| number), expected, "{comment}");
    }
    for (command, expected) in [(&b"\x03"[..], 1065), (b"\x03 ;", 1065), (b"\x02", 1046), (b"\x1b\x02\x00", 1047)] {
        let answer = client.command(command).await.unwrap();
        assert_eq!(error_in(&answer).map(|(number, _)| number), Some(expected), "{command:?}");
    }
}

/// As one server of either kind sends them: of a column that has none, what its type has.
async fn listed_fields(brand: Brand) {
    let Some(weir) = weir(brand, "listed").await else { return };
    let mut client = RawClient::log_in(weir.port, "shop").await;
    let created = client
        .command(
            b"\x03CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INT, c INT NOT NULL DEFAULT 5, s VARCHAR(5) NOT NULL, \
              d DATE NOT NULL, e ENUM('x', 'y') NOT NULL, x DECIMAL(5,2) NOT NULL)",
        )
        .await
        .unwrap();
    assert_eq!(error_in(&created), None);
    let all: [(&str, &[u8]); 7] = [
        ("id", b"\x010"),
        ("n", b"\xfb"),
        ("c", b"\x015"),
        ("s", b"\0"),
        ("d", b"\x0a0000-00-00"),
        ("e", b"\x01x"),
        ("x", b"\x040.00"),
    ];
    for (pattern, fields) in [("", &all[..]), ("%", &all[..]), ("I%", &all[..1]), ("_", &all[1..])] {
        let mut packet = client.command(format!("\x04t\0{pattern}").as_bytes()).await.unwrap();
        for (name, default) in fields {
            let definition = ColumnDefinition41::decode(&packet).unwrap();
            let names = definition.names;
            assert_eq!((names.schema, names.table, names.org_table), (&b"shop"[..], &b"t"[..], &b"t"[..]), "{pattern}");
            assert_eq!((definition.name, definition.tail), (name.as_bytes(), *default), "{pattern}");
            packet = client.read().await.unwrap();
        }
        assert_eq!((packet[0], packet.len()), (0xfe, 5), "{pattern}: {packet:?}");
    }
    assert!(client.is_usable().await);
}

async fn read_only_status(brand: Brand) {
    let Some(weir) = weir(brand, "only_reads").await else { return };
    let mut client = RawClient::log_in(weir.port, "shop").await;
    for (statement, only_reads) in [
        (&b"\x03START TRANSACTION READ ONLY"[..], true),
        (b"\x03BEGIN", brand == Brand::MySql),
        (b"\x03START TRANSACTION READ WRITE", false),
        (b"\x03COMMIT", false),
    ] {
        let answer = client.command(statement).await.unwrap();
        assert_eq!((answer[0], answer[4] & 0x20 != 0), (0, only_reads), "{answer:?}");
    }
}

async fn gone_statements(brand: Brand) {
    let Some(weir) = weir(brand, "gone").await else { return };
    let mut client = RawClient::log_in_with(weir.port, "shop", CapabilityFlags::CLIENT_DEPRECATE_EOF).await;
    let place = if brand == Brand::MySql { "mysql_stmt_precheck" } else { "mysqld_stmt_execute" };
    for reset in [true, false] {
        let head = client.command(b"\x16SELECT 1").await.unwrap();
        let id = head[1..5].to_vec();
        client.read().await.unwrap();
        let answer = if reset { client.command(b"\x1f").await } else { client.change_user("shop", UTF8MB4).await };
        assert_eq!(answer.unwrap()[0], 0);
        let answer = client.command(&[&b"\x17"[..], &id, &[0, 1, 0, 0, 0]].concat()).await.unwrap();
        let (number, text) = error_in(&answer).expect("an error");
        assert!(number == 1243 && text.ends_with(place), "{number}: {text}");
    }
}

async fn null_parameters(brand: Brand) {
    const NULL: u8 = 6;
    let Some(weir) = weir(brand, "null_type").await else { return };
    let mut client = RawClient::log_in_with(weir.port, "shop", CapabilityFlags::CLIENT_DEPRECATE_EOF).await;
    let head = client.command(b"\x16DO ?").await.unwrap();
    let id = head[1..5].to_vec();
    client.read().await.unwrap();
    for (bitmap, fails) in [(1, false), (0, true)] {
        let execute = [&b"\x17"[..], &id, &[0, 1, 0, 0, 0, bitmap, 1, NULL, 0]].concat();
        let answer = client.command(&execute).await.unwrap();
        assert_eq!(error_in(&answer).is_some(), fails, "{answer:?}");
    }
}

async fn charsets(brand: Brand) {
    let Some(weir) = weir(brand, "charsets").await else { return };
    let mut client = RawClient::log_in(weir.port, "shop").await;
    client.command(b"\x03SET NAMES latin1").await.unwrap();
    let head = client.command(b"\x16SELECT HEX('\xe9')").await.unwrap();
    assert_eq!(head[0], 0, "{:?}", error_in(&head));
    let id = head[1..5].to_vec();
    for _ in ["a column", "EOF"] {
        client.read().await.unwrap();
    }
    let execute = [&b"\x17"[..], &id, &[0, 1, 0, 0, 0]].concat();
    for (names, refused) in [("latin2", brand == Brand::MySql), ("latin1", false)] {
        client.command(format!("\x03SET NAMES {names}").as_bytes()).await.unwrap();
        let answer = client.command(&execute).await;
        if refused {
            assert_eq!(error_in(&answer.unwrap()).map(|(number, _)| number), Some(21002));
        } else {
            assert_eq!(rows(&mut client, answer).await.len(), 1);
        }
    }
    // Back in utf8mb4, nothing of latin1 is left.
    for collation in [LATIN1, UTF8MB4] {
        let answer = client.change_user("shop", collation).await.unwrap();
        assert_eq!(answer[0], 0, "{:?}", error_in(&answer));
    }
    let prepared = client.command("\x03PREPARE s FROM 'SELECT HEX(''é'')'".as_bytes()).await.unwrap();
    assert_eq!(error_in(&prepared), None);
    let columns = client.command(b"\x03EXECUTE s").await;
    assert_eq!(rows(&mut client, columns).await, [b"\x04C3A9"]);
}
