package dev.otapair.client.session;

/** Where a session is: what the server owes next. */
enum Phase {
    HANDSHAKE,
    HEADER,
    PACKAGE,
    PAYLOAD,
    /** Nothing any more. */
    OVER
}
