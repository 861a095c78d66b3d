package io.penstock.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = Penstock.class.getPackage().getImplementationVersion();
        return new String[] {
            "penstock " + (version == null ? "(not from a jar)" : version) + ", Java " + Runtime.version()
        };
    }
}
