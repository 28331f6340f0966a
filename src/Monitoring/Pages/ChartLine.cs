namespace TurkishLlm.Monitoring.Pages;

/// <summary>A line of a chart.</summary>
/// <param name="Name">Name of the line in the legend.</param>
/// <param name="Curve">The points.</param>
/// <param name="Key">Short name of the line in readings.</param>
internal sealed record ChartLine(string Name, Curve Curve, string Key = "");

/// <summary>Single points of a chart, such as validation losses.</summary>
/// <param name="Name">Name of the points in the legend and in readings.</param>
/// <param name="Points">The points.</param>
internal sealed record ChartMarks(string Name, IReadOnlyList<(double X, double Value)> Points);
