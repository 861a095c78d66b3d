package io.penstock.cli.connection;

import io.penstock.cli.terminal.CommandFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;

/**
 * The host and port of a server, read from {@code host:port}, {@code host}, {@code [ipv6]:port} or either with
 * {@code penstock://} in front.
 *
 * @param host a name or an address, without brackets
 * @param port 1 to 65535, or 0 where something listens on any free port
 */
public record Address(String host, int port) {

    /** Where a server listens when nobody said otherwise. */
    public static final Address DEFAULT = new Address("127.0.0.1", 7650);

    private static final String SCHEME = "penstock://";
    private static final int MAX_PORT = 65_535;
    private static final int CONNECT_TIMEOUT_MS = 5_000;

    /**
     * Reads an address.
     *
     * @throws CommandFailure with exit code 2 if the text is none
     */
    public static Address parse(String text) {
        String address = text.startsWith(SCHEME) ? text.substring(SCHEME.length()) : text;
        int bracket = address.lastIndexOf(']');
        int colon = address.indexOf(':', Math.max(bracket, 0));
        String host = colon < 0 ? address : address.substring(0, colon);
        String port = colon < 0 ? String.valueOf(DEFAULT.port) : address.substring(colon + 1);
        if (bracket > 0 && host.startsWith("[")) {
            host = host.substring(1, bracket);
        }
        if (host.isBlank() || !port.matches("\\d{1,5}") || Integer.parseInt(port) > MAX_PORT) {
            throw CommandFailure.usage("'" + text + "' is no address: give HOST:PORT, like " + DEFAULT);
        }
        return new Address(host, Integer.parseInt(port));
    }

    /**
     * Reads the address of a server that somebody else started.
     *
     * @throws CommandFailure with exit code 2 if the text is none, or its port is 0
     */
    static Address ofServer(String text) {
        Address address = parse(text);
        if (address.port == 0) {
            throw CommandFailure.usage("'" + text + "' is no address of a server: port 0 is only for --listen");
        }
        return address;
    }

    /** The address as the client and the broker take it. */
    public String endpoint() {
        return SCHEME + this;
    }

    /**
     * Connects once and closes again: the client itself goes on trying for ever, which is right for a service, and
     * wrong for a person who mistyped a port.
     *
     * @throws CommandFailure if nobody listens
     */
    void probe() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), CONNECT_TIMEOUT_MS);
        } catch (UnknownHostException e) {
            throw new CommandFailure("there is no host '" + host + "': name another with --server", e);
        } catch (IOException e) {
            throw new CommandFailure(
                    "nobody listens at " + this
                            + ": start one with ./penstock server, or name another with --server HOST:PORT",
                    e);
        }
    }

    @Override
    public String toString() {
        return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
    }
}
