using System.Globalization;
using System.Text;
using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Compares diagnoses with files: their text, and the values at which they change.</summary>
public sealed class DiagnosisSnapshotTests
{
    [Fact]
    public void Text_of_every_kind_of_curve()
    {
        var text = new StringBuilder();
        foreach (var run in DiagnosisTests.Runs)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {run.Name}\n\n");
            foreach (var found in CurveDiagnosis.Diagnose(run.Curves(Math.Min(0.04, run.MaxNoise), seed: 3)))
                text.Append(CultureInfo.InvariantCulture, $"{found.Severity}: {found}\n");
            text.Append('\n');
        }
        GoldenFile.Compare("Diagnoses", text.ToString());
    }

    /// <summary>A threshold that moves moves the value at which a finding appears.</summary>
    [Fact]
    public void Values_at_which_findings_change()
    {
        var text = new StringBuilder();
        foreach (var sweep in DiagnosisSweep.All)
            text.Append(CultureInfo.InvariantCulture, $"## {sweep.Name}\n\n{sweep.Describe()}\n");
        GoldenFile.Compare("DiagnosisThresholds", text.ToString());
    }

    [Fact]
    public void Steps_at_which_a_divergence_is_reported_or_recovers()
    {
        var text = new StringBuilder();
        foreach (var run in DiagnosisSweep.Diverging)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {run.Name}\n\n");
            var detector = new DivergenceDetector(run.Plan);
            foreach (var line in run.Lines(0.05, seed: 7))
                if (detector.Add(line))
                    text.Append(CultureInfo.InvariantCulture, $"{line.Step}: {Format(detector.Current)}\n");
            text.Append(CultureInfo.InvariantCulture, $"end: {Format(detector.Current)}\n\n");
        }
        GoldenFile.Compare("Divergences", text.ToString());
    }

    private static string Format(LossDivergence? found) => found is null ? "no divergence" : string.Create(
        CultureInfo.InvariantCulture,
        $"{DivergingRule.Describe(found)} Learning rate {found.LearningRate:E3}, reported {found.ReportedLoss:F3}");
}
