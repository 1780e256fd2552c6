package io.dagwright.internal.actor;

import io.dagwright.graph.Scheduler;
import io.dagwright.internal.executor.SlotFile;
import io.dagwright.internal.wire.SchedulerMessage;
import io.dagwright.internal.worker.WorkerSettings;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What a worker's actor needs from its node.
 *
 * @param name the worker's name, kept over restarts
 * @param host where it runs, for people and for restrictions
 * @param settings slots and such
 * @param reportDelayNanos how long reports may gather while there is more to run
 * @param blockedMax most runs that may wait for others at a time
 * @param resources what it offers besides slots
 * @param scheduler whom to register with
 * @param incarnations draws a number for each life; later ones must be larger
 * @param slotFile where it notes what it runs
 * @param classLoader finds the classes of tasks
 * @param graphs runs the graphs that tasks compute inside themselves
 * @param refused called when the scheduler does not want it
 */
public record WorkerPorts(
    String name,
    String host,
    WorkerSettings settings,
    long reportDelayNanos,
    int blockedMax,
    Map<String, Double> resources,
    ActorRef<SchedulerMessage> scheduler,
    LongSupplier incarnations,
    SlotFile slotFile,
    ClassLoader classLoader,
    Supplier<Scheduler> graphs,
    Runnable refused) {}
