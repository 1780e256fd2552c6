package io.dagwright.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * What travels over a {@link Link}.
 *
 * @param link which life of the connection it belongs to; frames of another are refused
 * @param seq position in the sender's stream, from 1; 0 if the frame only acknowledges
 * @param ack everything up to here has arrived at the sender
 * @param payload what is sent; null if the frame only acknowledges
 */
public record Frame<P>(long link, long seq, long ack, @Nullable P payload)
    implements SchedulerMessage, WorkerMessage, ClientMessage {}
