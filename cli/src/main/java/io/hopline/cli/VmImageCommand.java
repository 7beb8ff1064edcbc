package io.hopline.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Makes the image of {@code demo --vm}'s guest beforehand. The launcher runs it when the demo is to run without root: in the
 * demo's own namespaces apt would find no network.
 */
@Command(name = "vm-image", hidden = true, description = "Makes the image that demo --vm boots.")
final class VmImageCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--vm-nic", defaultValue = "virtio")
    private VmNic nic = VmNic.VIRTIO;

    @Override
    public Integer call() {
        var err = spec.commandLine().getErr();
        VmImage.prepare(nic, VmImage.defaultCache(System.getenv()), what -> {
            err.println("hopline: " + what);
            err.flush();
        });
        return CommandLine.ExitCode.OK;
    }
}
