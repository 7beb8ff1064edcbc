package io.hopline.bench;

import io.hopline.cli.CliException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a bench command can measure.
 *
 * @param name the command's
 * @param contenders every system it knows, Hopline first
 * @param workload what they are put to
 * @param fixedRate frames a second that each of them carries
 */
record Bench(String name, List<Contender> contenders, Workload workload, int fixedRate) {
    Bench {
        contenders = List.copyOf(contenders);
    }

    /** The systems of these ids, in the bench's order. */
    List<Contender> contenders(List<String> ids) {
        List<String> known = contenders.stream().map(Contender::id).toList();
        for (String id : ids) {
            if (!known.contains(id)) {
                throw CliException.badInput(
                        "--peers: there is no '" + id + "' here; known are " + String.join(", ", known));
            }
        }
        return contenders.stream().filter(c -> ids.contains(c.id())).toList();
    }

    /** The measures of these ids, in the order they are made; all when none is given. */
    List<Measure> measures(List<String> ids, boolean quick) {
        List<Measure> all = workload.measures(quick);
        var unknown = new ArrayList<>(ids);
        unknown.removeAll(all.stream().map(Measure::id).toList());
        if (!unknown.isEmpty()) {
            throw CliException.badInput("--measures: there is no '" + unknown.getFirst() + "'; known are "
                    + String.join(", ", all.stream().map(Measure::id).toList()));
        }
        return all.stream()
                .filter(measure -> ids.isEmpty() || ids.contains(measure.id()))
                .toList();
    }
}
