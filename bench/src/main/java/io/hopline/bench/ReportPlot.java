package io.hopline.bench;

/** The report as a picture. */
final class ReportPlot {
    private ReportPlot() {}

    static String svg(Report report) {
        return "<svg xmlns=\"http://www.w3.org/2000/svg\"><title>" + report.bench() + "</title></svg>";
    }
}
