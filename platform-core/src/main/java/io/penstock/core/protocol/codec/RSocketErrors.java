package io.penstock.core.protocol.codec;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.error.Reasons;
import io.rsocket.RSocketErrorException;
import io.rsocket.exceptions.CustomRSocketException;
import io.rsocket.exceptions.RejectedSetupException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.RejectedExecutionException;
import reactor.netty.channel.AbortedException;

/**
 * Errors that end an interaction: an entry of the table travels as the code of an ERROR frame, its message as the
 * frame's data.
 */
public final class RSocketErrors {

    private RSocketErrors() {}

    /** What a responder signals so that the peer gets the entry; anything unforeseen keeps its details to itself. */
    public static Throwable toRSocket(Throwable error) {
        if (error instanceof PenstockException known) {
            return new CustomRSocketException(known.code().rsocketCode(), known.getMessage());
        }
        return new CustomRSocketException(
                ErrorCode.UNKNOWN_SERVER_ERROR.rsocketCode(), ErrorCode.UNKNOWN_SERVER_ERROR.meaning());
    }

    /**
     * What a requester's user gets for a signal of RSocket or of the transport; anything else is the requester's own
     * failure, which no retry helps: {@code CLIENT_FAILED}, with the error as its cause.
     */
    public static PenstockException fromRSocket(Throwable error) {
        if (error instanceof PenstockException known) {
            return known;
        }
        if (error instanceof RSocketErrorException signalled && ErrorCode.isRSocketCode(signalled.errorCode())) {
            return new PenstockException(
                    ErrorCode.ofRSocketCode(signalled.errorCode()), String.valueOf(signalled.getMessage()), error);
        }
        if (error instanceof ClosedChannelException || error instanceof RejectedSetupException) {
            return new PenstockException(
                    ErrorCode.CONNECTION_LOST,
                    error instanceof RejectedSetupException
                            ? "the server refused the connection: " + error.getMessage()
                            : "the connection ended before the answer came",
                    error);
        }
        if (error instanceof RSocketErrorException) {
            return new PenstockException(
                    ErrorCode.CONNECTION_LOST, "RSocket ended the interaction: " + error.getMessage(), error);
        }
        if (error instanceof IOException || AbortedException.isConnectionReset(error)) {
            return new PenstockException(
                    ErrorCode.CONNECTION_LOST, "the connection failed: " + Reasons.of(error), error);
        }
        if (error instanceof RejectedExecutionException) {
            return new PenstockException(ErrorCode.CLIENT_CLOSED, "the client's threads have ended", error);
        }
        return new PenstockException(ErrorCode.CLIENT_FAILED, "the client failed: " + error, error);
    }
}
