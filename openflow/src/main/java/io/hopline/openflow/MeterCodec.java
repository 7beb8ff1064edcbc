package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_LEN;
import static io.hopline.openflow.OpenFlowError.METER_MOD_BAND;
import static io.hopline.openflow.OpenFlowError.METER_MOD_BAND_TYPE;
import static io.hopline.openflow.OpenFlowError.METER_MOD_COMMAND;

import java.util.ArrayList;
import java.util.List;

/** Meters on the wire (OpenFlow 1.3.5 sections 7.3.4.4, 7.3.5.12 and 7.3.5.13). */
final class MeterCodec {
    private static final int BAND_BYTES = 16;
    private static final int DROP = 1;
    private static final int DSCP_REMARK = 2;
    private static final MeterMod.Command[] COMMANDS = MeterMod.Command.values();

    private MeterCodec() {}

    private static List<MeterMod.Band> readBands(WireReader in) {
        List<MeterMod.Band> bands = new ArrayList<>();
        while (in.remaining() > 0) {
            int type = in.remaining() < BAND_BYTES ? -1 : in.u16();
            if (type != DROP && type != DSCP_REMARK) {
                throw new OpenFlowException(
                        type < 0 ? METER_MOD_BAND : METER_MOD_BAND_TYPE, "no meter band of type " + type);
            }
            if (in.u16() != BAND_BYTES) {
                throw new OpenFlowException(METER_MOD_BAND, "a band has " + BAND_BYTES + " bytes");
            }
            int rate = in.u32();
            int burst = in.u32();
            int level = in.u8();
            in.skip(3);
            bands.add(type == DROP ? new MeterMod.Drop(rate, burst) : new MeterMod.DscpRemark(rate, burst, level));
        }
        return bands;
    }

    private static void writeBands(WireWriter out, List<MeterMod.Band> bands) {
        for (MeterMod.Band band : bands) {
            int level = band instanceof MeterMod.DscpRemark remark ? remark.precedenceLevel() : 0;
            out.u16(band instanceof MeterMod.Drop ? DROP : DSCP_REMARK).u16(BAND_BYTES);
            out.u32(band.rate()).u32(band.burst()).u8(level).zeros(3);
        }
    }

    static MeterMod readMod(WireReader in) {
        int command = in.u16();
        if (command >= COMMANDS.length) {
            throw new OpenFlowException(METER_MOD_COMMAND, "no meter command " + command);
        }
        return new MeterMod(COMMANDS[command], in.u16(), in.u32(), readBands(in));
    }

    static void writeMod(WireWriter out, MeterMod mod) {
        out.u16(mod.command().ordinal()).u16(mod.flags()).u32(mod.meterId());
        writeBands(out, mod.bands());
    }

    static MeterConfig readConfig(WireReader in) {
        WireReader body = in.take(in.peekU16(0), BAD_REQUEST_LEN);
        body.skip(2);
        return new MeterConfig(body.u16(), body.u32(), readBands(body));
    }

    static void writeConfig(WireWriter out, MeterConfig config) {
        int start = out.position();
        out.u16(0).u16(config.flags()).u32(config.meterId());
        writeBands(out, config.bands());
        out.patchLength(start, start);
    }

    static MeterStats readStats(WireReader in) {
        WireReader body = in.take(in.remaining() < 6 ? 6 : in.peekU16(4), BAD_REQUEST_LEN);
        int meterId = body.u32();
        body.skip(8);
        int flows = body.u32();
        long packets = body.u64();
        long bytes = body.u64();
        long durationNs = Duration.read(body);
        List<MeterStats.BandStats> bands = new ArrayList<>();
        while (body.remaining() > 0) {
            bands.add(new MeterStats.BandStats(body.u64(), body.u64()));
        }
        return new MeterStats(meterId, flows, packets, bytes, durationNs, bands);
    }

    static void writeStats(WireWriter out, MeterStats stats) {
        int start = out.position();
        out.u32(stats.meterId()).u16(0).zeros(6).u32(stats.flows());
        out.u64(stats.packets()).u64(stats.bytes());
        Duration.write(out, stats.durationNs());
        for (MeterStats.BandStats band : stats.bands()) {
            out.u64(band.packets()).u64(band.bytes());
        }
        out.patchLength(start + 4, start);
    }
}
