//! Random and mutated packets against every decoder: none may panic, hang or read past its slice.
//!
//! `WEIR_FUZZ_PACKETS` sets how many (default 1,000,000), `WEIR_FUZZ_SEED` repeats a run; the seed is printed.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "test")]

use bytes::BytesMut;

use super::auth::{Channel, ClientAuth, Credential, ServerAuth};
use super::text_row::text_cells;
use super::*;

/// xorshift64*: small, fast, and repeats from its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        // Bytes that mean something to the protocol come up more often than others.
        const MEANT: [u8; 12] = [0, 1, 3, 0x7F, 0x80, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF, b'#'];
        let random = self.next();
        match random & 3 {
            0 => MEANT[self.below(MEANT.len())],
            _ => random.to_be_bytes()[0],
        }
    }
}

/// Whole packets, one of each kind, to be mutated.
fn seeds() -> Vec<Vec<u8>> {
    let greeting = HandshakeV10 {
        server_version: "10.11.6-MariaDB".into(),
        connection_id: 7,
        nonce: *b"abcdefghijklmnopqrst",
        capabilities: Capabilities::OFFERED,
        collation: 45,
        status: StatusFlags::AUTOCOMMIT,
        auth_plugin: "caching_sha2_password".into(),
    };
    let response = HandshakeResponse41 {
        capabilities: Capabilities::OFFERED,
        user: b"app".to_vec(),
        auth_response: vec![7; 20],
        database: Some(b"shop".to_vec()),
        auth_plugin: Some(b"mysql_native_password".to_vec()),
        attributes: vec![(b"k".to_vec(), b"v".to_vec()); 3],
        ..HandshakeResponse41::default()
    };
    let mut list = vec![Vec::new(), Vec::new()];
    greeting.encode(&mut list[0]);
    response.encode(&mut list[1]);
    list.extend(
        [
            &b"\0\0\0\x02\x40\0\0\0\x0d\0\x0b\x08time_zon\x01Z"[..],
            b"\xff\x28\x04#42000You have an error",
            b"\xfe\0\0\x02\0",
            b"\xfe\0\0\x02\0\0\0",
            b"\x03def\x07shop_00\x01l\x06loan_0\x01i\x02id\x0c\x3f\0\x0b\0\0\0\x03\x03\x42\0\0\0",
            b"\0\x01\0\0\0\x02\0\x03\0\0\0\0",
            b"\x17\x01\0\0\0\0\x01\0\0\0\x02\x01\x03\0\xfd\0\x0c\0\x07\0\0\0\x0b\xe8\x07\x01\x1f\x01\x02\x03\0\0\0\0",
            b"\x11app\0\x02ab\0\x2d\0mysql_native_password\0\x04\x01k\x01v",
            b"\xfecaching_sha2_password\0abcdefghijklmnopqrst\0",
            b"\x01\x04",
            b"\x18\x01\0\0\0\x02\0xyz",
            b"\x04loan\0%",
            b"\x011\xfb\x03abc",
            b"\x01\0\0\x01\x01\x02\0\0\x02\x011\x07\0\0\x03\xfe\0\0\x02\0\0\0",
        ]
        .map(<[u8]>::to_vec),
    );
    list
}

fn mutate(random: &mut Random, seeds: &[Vec<u8>], packet: &mut Vec<u8>) {
    packet.clear();
    if random.below(4) == 0 {
        let length = random.below(80);
        packet.extend((0..length).map(|_| random.byte()));
        return;
    }
    packet.extend_from_slice(&seeds[random.below(seeds.len())]);
    for _ in 0..=random.below(4) {
        let at = random.below(packet.len());
        match random.below(4) {
            0 => packet.truncate(at),
            1 => packet.insert(at, random.byte()),
            2 if !packet.is_empty() => drop(packet.remove(at)),
            _ => {
                if let Some(byte) = packet.get_mut(at) {
                    *byte = random.byte();
                }
            }
        }
    }
}

fn decode_all(packet: &[u8], random: &mut Random) {
    let capabilities = Capabilities(u32::try_from(random.next() >> 32).unwrap());
    let mut out = Vec::new();
    if let Ok(read) = HandshakeV10::decode(packet) {
        read.encode(&mut out);
    }
    if let Ok(read) = HandshakeResponse41::decode(packet) {
        read.encode(&mut out);
    }
    drop((SslRequest::decode(packet), EofPacket::decode(packet), AuthMoreData::decode(packet)));
    drop((ErrPacket::decode(packet), StmtPrepareOk::decode(packet), AuthSwitchRequest::decode(packet)));
    if let Ok(read) = OkPacket::decode(packet, capabilities) {
        read.state_changes().for_each(drop);
        read.encode(ok::OkHeader::Ok, capabilities, &mut out);
    }
    if let Ok(read) = ColumnDefinition41::decode(packet) {
        out.clear();
        read.encode(&mut out);
        assert_eq!(ColumnDefinition41::decode(&out), Ok(read));
    }
    drop(ColumnDefinition41::rewrite(packet, &mut out, |names| names));
    text_cells(packet).for_each(drop);
    if let Ok(Command::StmtExecute(execute)) = Command::decode(packet, capabilities) {
        let (mut types, mut params, long) = (Vec::new(), Vec::new(), [None, Some(b"long".to_vec())]);
        let count = u16::try_from(random.below(6)).unwrap();
        if execute.params(count, &mut types, &long, &mut params).is_ok() {
            params.iter().for_each(|param| drop(param.value()));
            stmt_execute::put_stmt_execute(&mut out, 1, params.iter());
        }
    }
}

/// The machines that follow a stream, fed the packet as stream in pieces.
fn stream_all(packet: &[u8], random: &mut Random) {
    let capabilities = if random.below(2) == 0 { Capabilities::DEPRECATE_EOF } else { Capabilities::default() };
    let kind = match random.below(6) {
        0 => ResponseKind::Prepare,
        5 => ResponseKind::PrepareAndPing,
        1 => ResponseKind::FieldList,
        2 => ResponseKind::Simple,
        3 => ResponseKind::Text,
        _ => ResponseKind::Results,
    };
    let mut scanner = ResponseScanner::new(kind, capabilities);
    let mut rest = packet;
    for _ in 0..=packet.len() {
        let taken = match scanner.scan(rest) {
            Ok(Scanned::NeedBytes(need)) => {
                assert!(need > rest.len(), "asked for bytes that are there");
                break;
            }
            Ok(Scanned::Over) | Err(_) => break,
            Ok(scanned) => scanned.end(),
        };
        rest = &rest[taken..];
    }
    let mut input = BytesMut::from(packet);
    let mut reader = FrameReader::new(1000);
    while let Ok(Some(_)) = reader.next_packet(&mut input) {}
}

fn authenticate(packet: &[u8], greeting: &HandshakeV10) {
    drop(ClientAuth::start(greeting, b"pw", Channel::Plain).receive(packet));
    let first = (Some(auth::CACHING_SHA2.as_bytes()), packet);
    let (mut server, _) =
        ServerAuth::start(Credential::from_password(b"pw"), greeting.nonce, Channel::Secure, None, first);
    server.receive(packet);
    drop(Credential::from_hash(packet));
}

#[test]
fn no_bytes_make_a_decoder_panic() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let packets = number("WEIR_FUZZ_PACKETS").unwrap_or(1_000_000);
    let seed = number("WEIR_FUZZ_SEED")
        .unwrap_or_else(|| u64::from_le_bytes(auth::new_nonce().unwrap()[..8].try_into().unwrap()));
    println!("WEIR_FUZZ_SEED={seed}");
    let mut random = Random(seed | 1);
    let seeds = seeds();
    let greeting = HandshakeV10::decode(&seeds[0]).unwrap();
    let mut packet = Vec::new();
    for round in 0..packets {
        mutate(&mut random, &seeds, &mut packet);
        decode_all(&packet, &mut random);
        stream_all(&packet, &mut random);
        if round % 16 == 0 {
            authenticate(&packet, &greeting);
        }
    }
}
