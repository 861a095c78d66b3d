package io.penstock.core.transport;

import io.netty.util.NetUtil;
import java.util.regex.Pattern;

/**
 * A TCP address: {@code penstock://host:port}.
 *
 * @param host a host name, an IPv4 address, or an IPv6 address without brackets
 * @param port 0 to 65,535; 0 lets a server take a free port, which its own endpoint then names
 */
public record TcpEndpoint(String host, int port) implements Endpoint {

    static final String SCHEME = "penstock://";

    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_.-]{0,252})");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    /** @throws IllegalArgumentException if the host or the port can't be one */
    public TcpEndpoint {
        if (!HOST_NAME.matcher(host).matches() && !NetUtil.isValidIpV6Address(host)) {
            throw new IllegalArgumentException("'" + host + "' is not a host name or an address");
        }
        if (port < 0 || port > 0xFFFF) {
            throw new IllegalArgumentException("the port must be 0 to 65535, was " + port);
        }
    }

    static TcpEndpoint ofAuthority(String authority) {
        int afterHost = authority.startsWith("[") ? authority.indexOf(']') + 1 : authority.indexOf(':');
        if (afterHost < 0) {
            return new TcpEndpoint(authority, DEFAULT_PORT);
        }
        if (afterHost == 0 && !authority.isEmpty() && authority.charAt(0) == '[') {
            throw new IllegalArgumentException("the bracket of the IPv6 address is not closed");
        }
        return new TcpEndpoint(unbracketed(authority.substring(0, afterHost)), port(authority.substring(afterHost)));
    }

    private static String unbracketed(String host) {
        if (!host.startsWith("[")) {
            return host;
        }
        String address = host.substring(1, host.length() - 1);
        if (!NetUtil.isValidIpV6Address(address)) {
            throw new IllegalArgumentException("'" + address + "' is not an IPv6 address");
        }
        return address;
    }

    private static int port(String afterHost) {
        if (afterHost.isEmpty()) {
            return DEFAULT_PORT;
        }
        String digits = afterHost.substring(1);
        if (afterHost.charAt(0) != ':' || !PORT.matcher(digits).matches()) {
            throw new IllegalArgumentException("'" + afterHost + "' is not a port");
        }
        return Integer.parseInt(digits);
    }

    @Override
    public String toString() {
        return SCHEME + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
