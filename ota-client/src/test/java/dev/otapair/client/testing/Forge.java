package dev.otapair.client.testing;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Makes what servers and sticks can lie with: an answer about a package, in which any piece can be another one. Immutable; begins
 * as the truth.
 *
 * @param members of the metadata, as they are written
 * @param key that signs
 * @param signed what is signed in place of the metadata; empty signs the metadata
 * @param sent what is shown in place of the metadata; empty shows it
 * @param signatures what stands there in place of the signature; empty is that
 * @param hint the key id that stands with each signature; empty is the signer's
 * @param header the content that the answer names; empty is the package's
 * @param body what is sent as the package
 */
public record Forge(
        Map<String, String> members,
        SigningKey key,
        Optional<byte[]> signed,
        Optional<byte[]> sent,
        Optional<List<byte[]>> signatures,
        Optional<KeyId> hint,
        Optional<byte[]> header,
        byte[] body) {
    /** Returns the truth about release 42 of a package. */
    public static Forge of(String name, byte[] content, SigningKey key) {
        Map<String, String> members = new LinkedHashMap<>();
        members.put("_type", "\"ota-release/1\"");
        members.put("product", "\"default\"");
        members.put("name", quoted(name));
        members.put("release", "42");
        members.put("version", "\"1.4.0\"");
        members.put("size", Integer.toString(content.length));
        members.put("sha256", quoted(sha256(content)));
        members.put("created", "\"2026-11-22T10:00:00Z\"");
        Optional<byte[]> none = Optional.empty();
        return new Forge(members, key, none, none, Optional.empty(), Optional.empty(), none, content);
    }

    /** Writes another value, in JSON, into the metadata before it is signed. */
    public Forge with(String member, String value) {
        Map<String, String> changed = new LinkedHashMap<>(members);
        changed.put(member, value);
        return new Forge(changed, key, signed, sent, signatures, hint, header, body);
    }

    /** Has another key sign. */
    public Forge by(SigningKey other) {
        return new Forge(members, other, signed, sent, signatures, hint, header, body);
    }

    /** Has something else signed. */
    public Forge signing(byte[] other) {
        return new Forge(members, key, Optional.of(other), sent, signatures, hint, header, body);
    }

    /** Shows other metadata than was signed. */
    public Forge showing(byte[] other) {
        return new Forge(members, key, signed, Optional.of(other), signatures, hint, header, body);
    }

    /** Puts these in place of the signature. */
    public Forge signedWith(byte[]... others) {
        return new Forge(members, key, signed, sent, Optional.of(List.of(others)), hint, header, body);
    }

    /** Puts another key id beside the signature. */
    public Forge hinting(KeyId id) {
        return new Forge(members, key, signed, sent, signatures, Optional.of(id), header, body);
    }

    /** Names another content in the answer than in the metadata. */
    public Forge announcing(byte[] other) {
        return new Forge(members, key, signed, sent, signatures, hint, Optional.of(other), body);
    }

    /** Sends another package. */
    public Forge sending(byte[] other) {
        return new Forge(members, key, signed, sent, signatures, hint, header, other);
    }

    /** Returns the metadata before anything was put in its place. */
    public byte[] metadata() {
        String text = members.entrySet().stream()
                .map(member -> "\"%s\":%s".formatted(member.getKey(), member.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the signature before anything was put in its place. */
    public byte[] signature() {
        return key.sign(signed.orElseGet(this::metadata)).bytes().toBytes();
    }

    /** Returns the answer to a header request. */
    public String answer(String name) {
        return unsignedAnswer(name)
                .replace(
                        "}}",
                        ",\"meta\":\"%s\",\"sigs\":[%s]}}"
                                .formatted(
                                        new Octets(shown()).toBase64(),
                                        written().stream()
                                                .map(signature -> quoted(id() + ":" + new Octets(signature).toBase64()))
                                                .collect(Collectors.joining(","))));
    }

    /** Returns it without anything that was signed. */
    public String unsignedAnswer(String name) {
        byte[] content = header.orElse(body);
        return HostileServer.header(name, Integer.toString(content.length), sha256(content));
    }

    /** Returns the announcement of the package that follows. */
    public String announcement(String name) {
        byte[] content = header.orElse(body);
        String size = Integer.toString(content.length);
        return HostileServer.announcement(name, size, sha256(content), "0", size);
    }

    /** Returns a server that knows the token and says all this. */
    public HostileServer serve(String name) throws IOException {
        return new HostileServer(
                Board.TOKEN,
                HostileServer.answer(answer(name)),
                HostileServer.answer(announcement(name), out -> out.write(body)));
    }

    /** Writes all this as files beside each other, and returns the package. */
    public Path writeTo(Path folder, String name) throws IOException {
        Path file = Files.write(Files.createDirectories(folder).resolve(name), body);
        Files.write(ReleaseFiles.metadataOf(file), shown());
        int number = 0;
        for (byte[] signature : written()) {
            KeyId id = number == 0 ? id() : new KeyId("%016x".formatted(number));
            Files.write(ReleaseFiles.signatureOf(file, id), signature);
            number++;
        }
        return file;
    }

    /** Returns the digest in lower-case hex. */
    public static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] shown() {
        return sent.orElseGet(this::metadata);
    }

    private List<byte[]> written() {
        return signatures.orElseGet(() -> List.of(signature()));
    }

    private KeyId id() {
        return hint.orElseGet(() -> key.publicHalf().id());
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }
}
