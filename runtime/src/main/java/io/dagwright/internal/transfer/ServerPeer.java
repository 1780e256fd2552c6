package io.dagwright.internal.transfer;

import io.dagwright.error.DataTransferException;
import io.dagwright.error.DataTransferException.Reason;
import io.dagwright.internal.transfer.Fetch.Part;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One data server: the connection to it, what it was asked, and what it will be. Used by the loop's
 * thread.
 */
final class ServerPeer {

  private static final int REQUESTS_MAX = 256;

  final InetSocketAddress address;
  private final DataClient client;
  private final SelectorLoop loop;
  private final Deque<Part> waiting = new ArrayDeque<>();
  private final Map<Long, Part> asked = new HashMap<>();

  /** How many of those asked are awaited. */
  private int awaited;

  private long lastRequest;
  private final List<Runnable> watchers = new ArrayList<>();
  private @Nullable ClientLink link;

  ServerPeer(DataClient client, SelectorLoop loop, InetSocketAddress address) {
    this.client = client;
    this.loop = loop;
    this.address = address;
  }

  void ask(List<Part> parts) {
    waiting.addAll(parts);
    connect();
    sendWaiting();
  }

  void watch(Runnable onGone) {
    watchers.add(onGone);
    connect();
  }

  void unwatch(Runnable onGone) {
    watchers.remove(onGone);
  }

  /** It is known to be dead. */
  void disconnect() {
    if (link != null) {
      watchers.clear();
      link.onClosed(new IOException("the peer was declared dead"));
    }
  }

  private void connect() {
    if (link != null) {
      return;
    }
    try {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      ClientLink opened = client.link(this, channel);
      link = opened;
      InetAddress from = client.from();
      if (from != null) {
        channel.bind(new InetSocketAddress(from, 0));
      }
      opened.greet();
      loop.register(channel, SelectionKey.OP_CONNECT, opened);
      if (channel.connect(address)) {
        opened.connected();
      }
    } catch (IOException | RuntimeException e) {
      if (link != null) {
        link.onClosed(e instanceof IOException ? e : new ConnectException(e.toString()));
      } else {
        ended(e, false);
      }
    }
  }

  private void sendWaiting() {
    while (link != null && asked.size() - awaited < REQUESTS_MAX && !waiting.isEmpty()) {
      Part part = waiting.remove();
      long request = ++lastRequest;
      asked.put(request, part);
      awaited += part.isAwaited() ? 1 : 0;
      link.send(part.type, request, 0, part.body);
    }
  }

  /** Whether it has yet to answer something. */
  boolean owesAnswers() {
    return !asked.isEmpty();
  }

  @Nullable Part asked(long request) {
    return asked.get(request);
  }

  void answered(long request, Part part) {
    if (--part.unanswered == 0) {
      asked.remove(request);
      awaited -= part.isAwaited() ? 1 : 0;
      sendWaiting();
    }
    part.fetch.answered();
  }

  void ended(Exception cause, boolean wasWelcome) {
    link = null;
    DataTransferException failure = failure(cause);
    List<Part> lost = new ArrayList<>(asked.values());
    lost.addAll(waiting);
    asked.clear();
    awaited = 0;
    waiting.clear();
    // Who says nothing may be cut off, or stand still: that is no proof of its death.
    boolean mayBeThere = wasWelcome || cause instanceof SocketTimeoutException;
    boolean reconnect = mayBeThere && !watchers.isEmpty() && !loop.isClosing();
    List<Runnable> told = reconnect || loop.isClosing() ? List.of() : List.copyOf(watchers);
    if (reconnect) {
      connect();
    } else {
      client.forget(this);
    }
    lost.forEach(part -> loop.guarded(() -> part.fetch.fail(failure)));
    told.forEach(loop::guarded);
  }

  private DataTransferException failure(Exception cause) {
    if (cause instanceof DataTransferException typed) {
      return typed;
    }
    if (loop.isClosing()) {
      return DataClient.closedHere(address);
    }
    return cause instanceof ConnectException
        ? new DataTransferException(
            Reason.REFUSED, "Nobody serves data at [" + Frame.text(address) + "].", cause)
        : new DataTransferException(
            Reason.CONNECTION_LOST,
            "The data connection to ["
                + Frame.text(address)
                + "] ended: "
                + cause.getMessage()
                + ".",
            cause);
  }
}
