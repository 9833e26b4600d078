package dev.otapair.server.session;

/** Who has to speak; passed along the pipeline as a user event. */
enum Turn {
    /** The server owes an answer, the body that belongs to it included. */
    SERVER,
    /** The answer is out: the peer may speak, or be silent until a deadline. */
    PEER
}
