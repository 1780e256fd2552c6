package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The variables of JShell that code reads. JShell keeps a variable in a static field and runs its
 * initializer apart from the class, so that the class alone has nothing but zeros.
 *
 * <p>Followed are the methods that a lambda or an instance may come to call, within the classes of
 * the shell; the snippets themselves, which submit tasks, are not among these. Not thread-safe; for
 * one use.
 */
final class ShellVariables {

  private static final String ALL = "";
  private static final String SNIPPET = "do_it$";
  private static final String REBUILDS_LAMBDAS = "$deserializeLambda$";

  /** A method; all of the class if the name is empty. */
  private record Member(String owner, String name, String descriptor) {}

  /** A static field as a method names it; the class may inherit it. */
  private record Read(String owner, String name) {}

  private record Parsed(List<String> parents, Map<String, Body> methods) {}

  private record Body(List<Member> calls, List<Read> reads) {}

  private final ClassLoader loader;
  private final Deque<Member> ahead = new ArrayDeque<>();
  private final Set<Member> seen = new HashSet<>();
  private final Map<String, @Nullable Parsed> classes = new HashMap<>();
  private final Set<Field> found = new HashSet<>();

  private ShellVariables(ClassLoader loader) {
    this.loader = loader;
  }

  /**
   * Finds the fields, in a fixed order.
   *
   * @param roots as for {@link CodeCatalogue#cover}
   * @throws CodeUnavailableException if a class file cannot be read
   */
  static List<Field> readBy(Collection<? extends Class<?>> roots) {
    Map<ClassLoader, ShellVariables> walks = new HashMap<>();
    for (Class<?> root : roots) {
      ClassLoader loader = root.getClassLoader();
      if (loader != null) {
        walks.computeIfAbsent(loader, ShellVariables::new).addRoot(root);
      }
    }
    return walks.values().stream()
        .flatMap(walk -> walk.run().stream())
        .sorted(
            Comparator.comparing((Field field) -> field.getDeclaringClass().getName())
                .thenComparing(Field::getName))
        .toList();
  }

  private void addRoot(Class<?> root) {
    if (root.isHidden()) {
      String host = ClassWalk.hostOf(root.getName()).replace('.', '/');
      Parsed parsed = parsed(host);
      if (parsed != null) {
        parsed.methods().forEach((method, body) -> addLambdas(method, body));
      }
    } else {
      follow(new Member(root.getName().replace('.', '/'), ALL, ALL));
    }
  }

  /** Which lambda of its class a hidden class is does not show: each that can be sent may be it. */
  private void addLambdas(String method, Body body) {
    if (method.startsWith(REBUILDS_LAMBDAS)) {
      body.calls().forEach(this::follow);
    }
  }

  private Set<Field> run() {
    while (!ahead.isEmpty()) {
      Member member = ahead.remove();
      Parsed parsed = parsed(member.owner());
      if (parsed == null) {
        continue;
      }
      Body body = parsed.methods().get(member.name() + member.descriptor());
      if (body != null) {
        body.calls().forEach(this::follow);
        body.reads().forEach(this::add);
      } else {
        for (String parent : parsed.parents()) {
          follow(new Member(parent, member.name(), member.descriptor()));
        }
      }
      if (member.name().equals(ALL)) {
        followAll(member.owner(), parsed);
      }
    }
    return found;
  }

  private void followAll(String owner, Parsed parsed) {
    for (String method : parsed.methods().keySet()) {
      int end = method.indexOf('(');
      String name = method.substring(0, end);
      if (!name.equals(SNIPPET) && !name.equals(REBUILDS_LAMBDAS) && !name.startsWith("lambda$")) {
        follow(new Member(owner, name, method.substring(end)));
      }
    }
  }

  private void follow(Member member) {
    if (seen.add(member)) {
      ahead.add(member);
    }
  }

  private void add(Read read) {
    if (parsed(read.owner()) == null) {
      return;
    }
    Field field = field(read);
    if (field != null
        && Modifier.isStatic(field.getModifiers())
        && !Modifier.isFinal(field.getModifiers())) {
      found.add(field);
    }
  }

  private @Nullable Field field(Read read) {
    try {
      Class<?> type = Class.forName(read.owner().replace('/', '.'), false, loader);
      for (Class<?> at = type; at != null; at = at.getSuperclass()) {
        for (Field field : at.getDeclaredFields()) {
          if (field.getName().equals(read.name())) {
            return field;
          }
        }
      }
      return null;
    } catch (ClassNotFoundException | LinkageError e) {
      return null; // Code that reads it fails here as well.
    }
  }

  private @Nullable Parsed parsed(String owner) {
    if (!classes.containsKey(owner)) {
      classes.put(owner, parse(owner));
    }
    return classes.get(owner);
  }

  /** A class of the shell; null for any other. */
  private @Nullable Parsed parse(String owner) {
    URL url = loader.getResource(owner + ".class");
    if (url == null || !CodeLocation.isOfShell(url)) {
      return null;
    }
    try (InputStream in = url.openStream()) {
      Shape shape = new Shape();
      new ClassReader(in).accept(shape, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
      return new Parsed(shape.parents, shape.methods);
    } catch (IOException | IllegalArgumentException e) {
      throw new CodeUnavailableException(
          "Class ["
              + owner.replace('/', '.')
              + "] of the shell, which a task needs, cannot be read: "
              + e.getMessage()
              + ". Enter its snippet again.",
          e);
    }
  }

  private static final class Shape extends ClassVisitor {

    private final List<String> parents = new ArrayList<>();
    private final Map<String, Body> methods = new HashMap<>();

    Shape() {
      super(Opcodes.ASM9);
    }

    @Override
    public void visit(
        int version,
        int access,
        String name,
        @Nullable String signature,
        @Nullable String superName,
        String @Nullable [] implemented) {
      if (superName != null) {
        parents.add(superName);
      }
      if (implemented != null) {
        parents.addAll(List.of(implemented));
      }
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      Body body = new Body(new ArrayList<>(), new ArrayList<>());
      methods.put(name + descriptor, body);
      return new Reader(body);
    }
  }

  private static final class Reader extends MethodVisitor {

    private final Body body;

    Reader(Body body) {
      super(Opcodes.ASM9);
      this.body = body;
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
      if (opcode == Opcodes.GETSTATIC) {
        body.reads().add(new Read(owner, name));
      }
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      body.calls().add(new Member(owner, name, descriptor));
    }

    @Override
    public void visitTypeInsn(int opcode, String type) {
      if (opcode == Opcodes.NEW) { // It may be called through any of its types.
        body.calls().add(new Member(type, ALL, ALL));
      }
    }

    @Override
    public void visitInvokeDynamicInsn(
        String name, String descriptor, Handle bootstrap, Object... arguments) {
      for (Object argument : arguments) {
        visitLdcInsn(argument);
      }
    }

    @Override
    public void visitLdcInsn(Object value) {
      if (value instanceof Handle handle) {
        body.calls().add(new Member(handle.getOwner(), handle.getName(), handle.getDesc()));
      } else if (value instanceof Type type && type.getSort() == Type.OBJECT) {
        body.calls().add(new Member(type.getInternalName(), ALL, ALL)); // For reflection.
      }
    }
  }
}
