package dev.otapair.server.session;

import dev.otapair.server.delta.PlanDesk;
import dev.otapair.server.store.PackageStore;
import dev.otapair.server.store.TokenKeys;

/**
 * What all sessions of a server share.
 *
 * @param places for sessions past the handshake
 * @param packages what is handed out
 * @param keys of the tokens
 * @param failures of proofs, by address
 * @param census of v1 boards
 * @param unsigned counts boards that take unsigned answers
 * @param rollCall notes how boards stand with their releases
 * @param withdrawals what no board is to have any more
 * @param plans where increments come from
 * @param buffers of the bodies that are on their way
 * @param pacing of v1 bodies
 */
public record Commons(
        SessionLimit places,
        PackageStore packages,
        TokenKeys keys,
        FailedProofs failures,
        LegacyCensus census,
        UnsignedCensus unsigned,
        RollCall rollCall,
        Withdrawals withdrawals,
        PlanDesk plans,
        SendBuffers buffers,
        LegacyPacing pacing) {}
