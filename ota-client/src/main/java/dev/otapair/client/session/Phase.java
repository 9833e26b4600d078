package dev.otapair.client.session;

/** Where a session is: what the server owes next. */
enum Phase {
    /** The hello is out. */
    CHALLENGE("the answer to the hello"),
    /** Our proof is out, and the header request with it. */
    PROOF("the answer to the proof"),
    /** A v1 handshake is out. */
    HANDSHAKE("the answer to the handshake"),
    HEADER("the answer to the header request"),
    PACKAGE("the answer to the package request"),
    PLAN("the answer to the plan request"),
    PAYLOAD("the rest of what it announced"),
    /** Nothing any more. */
    OVER("nothing");

    private final String owed;

    Phase(String owed) {
        this.owed = owed;
    }

    /** Returns what the server owes, for a person. */
    String owed() {
        return owed;
    }
}
