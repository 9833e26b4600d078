package dev.otapair.client.session;

/** Where a session is: what the server owes next. */
enum Phase {
    /** The hello is out. */
    CHALLENGE,
    /** Our proof is out, and the header request with it. */
    PROOF,
    /** A v1 handshake is out. */
    HANDSHAKE,
    HEADER,
    PACKAGE,
    PAYLOAD,
    /** Nothing any more. */
    OVER
}
