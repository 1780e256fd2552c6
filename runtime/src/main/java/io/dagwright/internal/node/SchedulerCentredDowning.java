package io.dagwright.internal.node;

import io.dagwright.config.Settings;
import io.dagwright.internal.membership.Downing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.AbstractActorWithTimers;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.DowningProvider;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.Reachability;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.remote.artery.ThisActorSystemQuarantinedEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.concurrent.duration.FiniteDuration;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.DurationConverters;

/**
 * Carries out what {@link Downing} decides, in place of Pekko's own resolver, which ends both of
 * two workers that cannot reach one another. Made by Pekko, for each node of a cluster.
 */
public final class SchedulerCentredDowning extends DowningProvider {

  private final Settings settings;

  public SchedulerCentredDowning(ActorSystem system) {
    settings = Settings.of(system.settings().config());
  }

  @Override
  public FiniteDuration downRemovalMargin() {
    return DurationConverters.toScala(
        Duration.ofNanos(settings.nanos("pekko.cluster.down-removal-margin")));
  }

  @Override
  public Option<Props> downingActorProps() {
    long afterNanos = settings.nanos("dagwright.scheduler.down-after");
    return Option.apply(Props.create(Decider.class, () -> new Decider(afterNanos)));
  }

  /** Feeds the decision with what Pekko says of the cluster, twice a second. */
  private static final class Decider extends AbstractActorWithTimers {

    private static final Logger LOG = LoggerFactory.getLogger(SchedulerCentredDowning.class);
    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final String SCHEDULER_ROLE = "scheduler";
    private static final Object TICK = new Object();

    private final Downing downing;
    private final Cluster cluster = Cluster.get(getContext().getSystem());
    private final Map<UniqueAddress, Member> members = new LinkedHashMap<>();
    private @Nullable Reachability reachability;

    Decider(long afterNanos) {
      downing = new Downing(afterNanos);
    }

    @Override
    public void preStart() {
      cluster.subscribe(
          getSelf(),
          ClusterEvent.initialStateAsEvents(),
          ClusterEvent.MemberEvent.class,
          ClusterEvent.ReachabilityChanged.class);
      getContext()
          .getSystem()
          .eventStream()
          .subscribe(getSelf(), ThisActorSystemQuarantinedEvent.class);
      getTimers().startTimerWithFixedDelay(TICK, TICK, INTERVAL);
    }

    @Override
    public void postStop() {
      cluster.unsubscribe(getSelf());
    }

    @Override
    public Receive createReceive() {
      return receiveBuilder()
          .match(ClusterEvent.MemberEvent.class, this::onMember)
          .match(
              ClusterEvent.ReachabilityChanged.class, event -> reachability = event.reachability())
          .match(ThisActorSystemQuarantinedEvent.class, this::onQuarantined)
          .matchEquals(TICK, tick -> decide())
          .build();
    }

    private void onMember(ClusterEvent.MemberEvent event) {
      Member member = event.member();
      if (member.status() == MemberStatus.down() || member.status() == MemberStatus.removed()) {
        members.remove(member.uniqueAddress());
      } else {
        members.put(member.uniqueAddress(), member);
      }
    }

    /** A scheduler has removed this node, and does not hear what it says. */
    private void onQuarantined(ThisActorSystemQuarantinedEvent event) {
      boolean isByScheduler =
          members.values().stream()
              .anyMatch(
                  member ->
                      member.hasRole(SCHEDULER_ROLE)
                          && member.address().equals(event.remoteAddress().address()));
      if (isByScheduler) {
        LOG.warn(
            "The scheduler at [{}] has removed this node from the cluster; it ends",
            event.remoteAddress().address().hostPort());
        cluster.down(cluster.selfAddress());
      }
    }

    private void decide() {
      UniqueAddress self = cluster.selfUniqueAddress();
      if (!members.containsKey(self)) {
        return;
      }
      Map<String, Member> byId = new LinkedHashMap<>();
      List<Downing.Node> nodes = new ArrayList<>();
      for (Member member : members.values()) {
        String id = id(member.uniqueAddress());
        byId.put(id, member);
        nodes.add(new Downing.Node(id, isScheduler(member)));
      }
      Set<String> lost = downing.decide(id(self), nodes, suspicions(), System.nanoTime());
      for (String id : lost) {
        Member member = byId.get(id);
        if (member != null) {
          boolean isSelf = member.uniqueAddress().equals(self);
          LOG.warn(
              isSelf
                  ? "This node [{}] cannot reach enough schedulers; it leaves the cluster"
                  : "Schedulers cannot reach the node at [{}]; it is removed from the cluster",
              member.address().hostPort());
          cluster.down(member.address());
          members.remove(member.uniqueAddress());
        }
      }
    }

    /** One that is still joining cannot decide who stays. */
    private static boolean isScheduler(Member member) {
      return member.hasRole(SCHEDULER_ROLE)
          && member.status() != MemberStatus.joining()
          && member.status() != MemberStatus.weaklyUp();
    }

    private List<Downing.Suspicion> suspicions() {
      List<Downing.Suspicion> suspicions = new ArrayList<>();
      Reachability known = reachability;
      if (known == null) {
        return suspicions;
      }
      for (Reachability.Record record : CollectionConverters.asJava(known.records())) {
        if (!known.isReachable(record.observer(), record.subject())) {
          suspicions.add(new Downing.Suspicion(id(record.observer()), id(record.subject())));
        }
      }
      return suspicions;
    }

    private static String id(UniqueAddress node) {
      return node.address().hostPort() + "#" + node.longUid();
    }
  }
}
