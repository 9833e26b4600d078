package dev.otapair.server.session;

/** Passed along a pipeline as a user event when the server goes down: a session in the middle of an answer may end it. */
public enum Shutdown {
    REQUESTED
}
