package io.dagwright.internal.actor;

import io.dagwright.graph.TaskFunction;
import io.dagwright.internal.code.CodeCatalogue;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.code.EpochUnit;
import io.dagwright.internal.code.ShellState;
import io.dagwright.internal.serialization.Diagnosis;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.serialization.Subject;
import io.dagwright.internal.wire.FromClient;
import java.lang.reflect.Field;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The code of one client's session: tells the scheduler what workers need, once, ahead of the first
 * graph that needs it. Thread-safe.
 */
final class ShippedCode {

  private static final Logger LOG = LoggerFactory.getLogger(ShippedCode.class);

  private final NodeServices services;
  private final String session;
  private final CodeCatalogue catalogue;
  private final ShellValues shell;
  private final Consumer<byte[]> toScheduler;
  private final Map<Integer, CodeHash> told = new HashMap<>();

  /** Where a look was taken for fields that are not sent, and those that were warned of. */
  private final Set<Object> lookedAt = ConcurrentHashMap.newKeySet();

  private final Set<Object> warnedOf = ConcurrentHashMap.newKeySet();

  ShippedCode(NodeServices services, String session, Consumer<byte[]> toScheduler) {
    this.services = services;
    this.session = session;
    this.catalogue = services.openCatalogue(session);
    this.shell = new ShellValues(services.values());
    this.toScheduler = toScheduler;
  }

  /**
   * Sees to it that workers can load these classes, and all that they need.
   *
   * @return the epoch in which they have their meaning, from 1; 0 if every worker has them anyway
   * @throws io.dagwright.error.InvalidGraphException if two of them need different versions of one
   *     class
   * @throws io.dagwright.error.NotSerializableTaskException if they read a variable of a shell that
   *     cannot be sent
   */
  int ship(UsedCode used) {
    int epoch = ship(used.classes());
    if (epoch > 0) {
      warnOfStatics(used.entryPoints(lookedAt::add));
    }
    return epoch;
  }

  private synchronized int ship(Collection<Class<?>> classes) {
    if (classes.stream().allMatch(services::isEverywhere)) {
      return 0;
    }
    EpochUnit covers = cover(classes);
    if (covers.unit().classes().isEmpty() && covers.unit().jars().isEmpty()) {
      return 0;
    }
    int epoch = covers.epoch() + 1; // 0 is what workers have themselves.
    CodeHash id = covers.unit().id();
    if (!id.equals(told.put(epoch, id))) {
      byte[] unit = UnitMessage.encode(covers.unit());
      toScheduler.accept(
          MessageCodec.encode(new FromClient.AddCode(epoch, unit, services.address())));
    }
    return epoch;
  }

  /** The catalogue's number of an epoch that {@link #ship} answered. */
  static int inCatalogue(int epoch) {
    return epoch - 1;
  }

  private EpochUnit cover(Collection<Class<?>> classes) {
    EpochUnit covers = catalogue.cover(classes);
    List<Field> variables = catalogue.variables(classes);
    if (variables.isEmpty()) {
      return covers;
    }
    Set<Class<?>> all = new LinkedHashSet<>(classes);
    while (true) {
      ShellState state = shell.read(variables, all::add);
      List<Field> more = catalogue.variables(all);
      if (more.equals(variables)) {
        return catalogue.cover(all, state);
      }
      variables = more; // The values are of classes whose code reads further variables.
    }
  }

  /** Once per session and field; beside the way, since reading class files takes time. */
  private void warnOfStatics(List<UsedCode.EntryPoint> points) {
    if (points.isEmpty()) {
      return;
    }
    Thread thread =
        new Thread(
            () ->
                points.forEach(
                    point ->
                        point.mutableStatics().stream()
                            .filter(warnedOf::add)
                            .forEach(
                                field ->
                                    LOG.warn(
                                        "Task [{}] {}. Fix: {}.",
                                        point.task(),
                                        UsedCode.EntryPoint.reasonOf(field),
                                        UsedCode.EntryPoint.CURE))),
            "dagwright-look-at-code");
    thread.setDaemon(true);
    thread.start();
  }

  /** Once per session and variable: what a function captured is large, and was sent apart. */
  void warnOfLarge(Subject subject, TaskFunction function, Object part, long bytes) {
    String path = Diagnosis.pathTo(subject, function, part);
    if (warnedOf.add(path.substring(path.indexOf(" → ") + 1))) {
      LOG.warn("{} {}. Fix: {}.", path, UsedCode.reasonOfLarge(bytes), UsedCode.CURE_OF_LARGE);
    }
  }

  /** Serves nothing any more. */
  void close() {
    services.closeCatalogue(session);
  }
}
