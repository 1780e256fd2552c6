package io.dagwright.internal.store;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what each garbage collection of this JVM leaves on the heap, until it is closed. */
public final class CollectionListener implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CollectionListener.class);

  /** Called on a thread of the JVM. */
  @FunctionalInterface
  public interface Target {
    /**
     * A collection has ended.
     *
     * @param isMajor whether it left only what is alive
     */
    void onCollection(boolean isMajor, long leftBytes);
  }

  private final Target target;
  private final Set<String> heapPools;
  private final List<NotificationEmitter> collectors = new ArrayList<>();
  private final NotificationListener listener = this::onNotification;

  /** Begins to listen. */
  public CollectionListener(Target target) {
    this.target = target;
    heapPools =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getName)
            .collect(Collectors.toUnmodifiableSet());
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener(listener, null, null);
        collectors.add(emitter);
      }
    }
  }

  private void onNotification(Notification notification, @Nullable Object handback) {
    if (!notification
        .getType()
        .equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
      return;
    }
    GarbageCollectionNotificationInfo info =
        GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
    long left = 0;
    for (Map.Entry<String, MemoryUsage> pool :
        info.getGcInfo().getMemoryUsageAfterGc().entrySet()) {
      left += heapPools.contains(pool.getKey()) ? pool.getValue().getUsed() : 0;
    }
    String action = info.getGcAction();
    if (!action.contains("pause")) { // Those are parts of a concurrent collection.
      target.onCollection(isMajor(info.getGcName(), action), left);
    }
  }

  /**
   * Serial, parallel and G1 speak of minor and major collections. ZGC and Shenandoah report cycles,
   * which look at the whole heap unless their name says minor.
   */
  static boolean isMajor(String collector, String action) {
    return action.contains("major") || (action.contains("cycle") && !collector.contains("Minor"));
  }

  @Override
  public void close() {
    for (NotificationEmitter collector : collectors) {
      try {
        collector.removeNotificationListener(listener);
      } catch (ListenerNotFoundException e) {
        LOG.debug("Nothing to remove", e);
      }
    }
  }
}
