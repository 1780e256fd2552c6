package io.dagwright.internal.actor;

import io.dagwright.internal.scheduler.SchedulerSettings;
import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.wire.PeerAddress;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.pekko.actor.Address;

/**
 * What the scheduler's actor needs from its node.
 *
 * @param settings of placement
 * @param allowedFailures how many workers may die under a task that is still run again
 * @param data to watch the sockets of workers
 * @param address where this node's data server listens
 * @param ingest decodes what clients send, off the scheduler's thread
 * @param clientSilenceNanos a client that says nothing for so long is taken for gone
 * @param storySteps so many steps of tasks are remembered, for people who ask; 0 for none
 * @param isMember whether a node is part of the cluster now
 * @param down removes a node from the cluster whose process is certainly dead
 */
public record SchedulerPorts(
    SchedulerSettings settings,
    int allowedFailures,
    DataClient data,
    PeerAddress address,
    Executor ingest,
    long clientSilenceNanos,
    int storySteps,
    Predicate<Address> isMember,
    Consumer<Address> down) {}
