package dev.otapair.protocol.wire;

/** The words of the wire. */
final class Names {
    static final String REQUEST = "request";
    static final String RESPONSE = "response";
    static final String DATA = "data";

    static final String HANDSHAKE = "handshake";
    static final String HEADER = "header";
    static final String PACKAGE = "package";
    static final String PLAN = "plan";
    static final String EXIT = "exit";
    static final String CONNECTED = "connected";
    static final String CHALLENGE = "challenge";
    static final String BUSY = "busy";
    static final String ERROR = "error";

    static final String SECURITY = "security";
    static final String VERSION = "v";
    static final String CLIENT_NONCE = "cn";
    static final String SERVER_NONCE = "sn";
    static final String ID = "id";
    static final String FEATURES = "caps";
    static final String SALT = "salt";
    static final String ITERATIONS = "iter";
    static final String PROOF = "proof";
    static final String PRODUCT = "product";
    static final String INSTALLED = "installed";
    static final String RELEASE = "release";
    static final String KEYS = "keys";
    static final String STATE = "state";
    static final String ABOUT = "about";
    static final String ABOUT_RELEASE = "about_release";
    static final String CODE = "code";
    static final String LATEST = "latest";
    static final String SIZE = "size";
    static final String MD5 = "md5";
    static final String SHA256 = "sha256";
    static final String OFFSET = "offset";
    static final String LENGTH = "length";
    static final String WANT = "want";
    static final String BASE = "base";
    static final String DAMAGED = "damaged";
    static final String CODINGS = "codings";
    static final String ADDED = "added";
    static final String CHANGED = "changed";
    static final String REMOVED = "removed";
    static final String MANIFEST = "manifest";
    static final String PATCH = "patch";
    static final String METADATA = "meta";
    static final String SIGNATURES = "sigs";
    static final String NOW = "now";
    static final String NEXT_POLL = "next_poll";
    static final String RETRY_AFTER = "retry_after";
    static final String REASON = "reason";

    /** Says what follows a message; reserved where nothing does. */
    static final String BODY = "body";

    private Names() {}
}
